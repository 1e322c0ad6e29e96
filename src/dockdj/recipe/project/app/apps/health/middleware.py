"""Answers to load balancers, before hosts, HTTPS and sessions are looked at."""

import os

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse


class HealthMiddleware:
    """/healthz: this process answers, and which release it is. /readyz: the database answers too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return answer(200, "ok", **release())
        if request.path == "/readyz":
            return ready()
        return self.get_response(request)


def release() -> dict[str, str]:
    """What the deployment said about itself; empty where nothing was deployed."""
    return {
        "release": os.environ.get("DOCKDJ_RELEASE", ""),
        "record": os.environ.get("DOCKDJ_RECORD", ""),
    }


def ready() -> HttpResponse:
    """Ask the database one question."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error as error:
        return answer(503, "unavailable", database=type(error).__name__)
    return answer(200, "ok", database="ok")


def answer(code: int, status: str, **more: str) -> HttpResponse:
    """JSON that nobody stores."""
    return JsonResponse({"status": status, **more}, status=code, headers={"Cache-Control": "no-store"})
