"""The watch over environments: a memory of their health, and replacement and scaling of their instances."""
