"""What the API refuses, with the code, the text and the HTTP status that AWS uses."""

from __future__ import annotations


class ApiError(Exception):
    """A refused request. `code` and `message` are what a client matches."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> ApiError:
    """A parameter has a value that is not possible here."""
    return ApiError("InvalidParameterValue", message)


def invalid_options(message: str) -> ApiError:
    """An option setting is not possible."""
    return ApiError("ConfigurationValidationException", f"Configuration validation exception: {message}")
