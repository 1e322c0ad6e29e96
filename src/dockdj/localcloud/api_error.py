"""Errors of the API, with the codes, texts and HTTP statuses of AWS."""

from __future__ import annotations


class ApiError(Exception):
    """A refused request. Clients compare `code` and `message`."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> ApiError:
    """The error for a parameter with an impossible value."""
    return ApiError("InvalidParameterValue", message)


def invalid_options(message: str) -> ApiError:
    """The error for an impossible option setting."""
    return ApiError("ConfigurationValidationException", f"Configuration validation exception: {message}")
