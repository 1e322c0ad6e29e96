"""Change what a target runs: deploy and roll back."""
