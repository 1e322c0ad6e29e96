"""The HTTP server: signatures, the Query protocol and the control API."""
