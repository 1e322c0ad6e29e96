"""How results look: text, Markdown and JSON."""
