"""Addresses. /healthz and /readyz are answered by apps.health before Django looks here."""

from django.contrib import admin
from django.urls import path

from apps.base.views import favicon
from apps.webroot.views import home

urlpatterns = [
    path("", home, name="home"),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
]
