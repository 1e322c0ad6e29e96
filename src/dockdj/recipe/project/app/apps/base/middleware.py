"""What every answer carries."""

import re
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from project.logs import request_id

# What nginx and load balancers send; anything else could not be searched for in logs.
REQUEST_ID = re.compile(r"[A-Za-z0-9_.:=-]{1,128}")


class RequestIDMiddleware:
    """One id for a request, from nginx's log line to the last line that Django logs; the answer says it too."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.id = given if REQUEST_ID.fullmatch(given) else uuid4().hex
        token = request_id.set(request.id)
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response.headers["X-Request-ID"] = request.id
        return response


class PermissionsPolicyMiddleware:
    """Which of the browser's powers pages may ask for: settings.PERMISSIONS_POLICY."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        return response
