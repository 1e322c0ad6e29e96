"""One settings file for all environments: what differs comes from environment variables."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.csp import CSP

from project import logs
from project.env import Environment

APP = Path(__file__).resolve().parent.parent

env = Environment(os.environ)
ENV_NAME = env.text("ENV_NAME")
DEBUG = env.flag("ENV_DEBUG", default=False)
SECRET_KEY = env.text("ENV_SECRET_KEY")
ALLOWED_HOSTS = env.names("ENV_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.names("ENV_TRUSTED_ORIGINS", default="")
LOG_LEVEL = env.level("ENV_LOG_LEVEL", default="INFO")
HTTPS = env.flag("ENV_HTTPS", default=not DEBUG)
HSTS_SECONDS = env.number("ENV_HSTS_SECONDS", default=3600)
CDN = env.server("ENV_CDN", default="")
DATABASES = {"default": env.database("ENV_DATABASE_URL")}
# gunicorn's, read here so that a mistake is named with all the others.
WEB_CONCURRENCY = env.number("WEB_CONCURRENCY", default=2, least=1)
WEB_THREADS = env.number("WEB_THREADS", default=4, least=1)
env.verify()

INSTALLED_APPS = [
    "apps.base",
    "apps.health",
    "apps.webroot",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
if DEBUG:
    # runserver_plus; production images do not contain it.
    INSTALLED_APPS.append("django_extensions")

MIDDLEWARE = [
    "apps.base.middleware.RequestIDMiddleware",
    # Early: load balancers ask by address, without a host name and without HTTPS.
    "apps.health.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "apps.base.middleware.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"

# Collected while the image is built: nginx serves them, hashed names let browsers keep them. ENV_CDN may name
# another server that has them; WhiteNoise answers where nothing stands before Django.
STATIC_URL = f"{CDN.rstrip('/')}/static/"
STATIC_ROOT = APP / "dist"
# What assets.mjs makes of apps/*/assets; not there before its first build.
STATICFILES_DIRS = [APP / "build"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# The load balancer ends TLS; nginx passes on what it says.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# Browsers take a cookie of such a name from this very host only, and over HTTPS.
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
# Nothing inline, nothing from elsewhere, nobody may frame these pages.
ASSETS = [CSP.SELF, "{0.scheme}://{0.netloc}".format(urlsplit(CDN))] if CDN else [CSP.SELF]
SECURE_CSP = {
    "default-src": ASSETS,
    "img-src": [*ASSETS, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SILENCED_SYSTEM_CHECKS = [
    # Subdomains and browsers' preload lists concern the whole domain: its owner decides, not this app.
    "security.W005",
    "security.W021",
    # app/build may be made later.
    "staticfiles.W004",
]

LOGGING = logs.configuration(LOG_LEVEL, as_json=not DEBUG)
