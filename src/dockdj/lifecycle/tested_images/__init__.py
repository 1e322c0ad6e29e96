"""Images that were tested once and are shared for QA."""
