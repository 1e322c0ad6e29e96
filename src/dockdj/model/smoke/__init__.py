"""What the smoke tests look for."""
