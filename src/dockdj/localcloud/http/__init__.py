"""The server: requests, signatures and errors."""
