"""The difference between two releases, as text, Markdown and JSON."""
