"""The use-cases. Read as a list, its files are the story of the product."""
