"""Build the images of a checkout, and run its checks and tests."""
