"""One settings file for all environments: what differs comes from environment variables."""

import os
from pathlib import Path

from django.utils.csp import CSP

from project.env import Environment

APP = Path(__file__).resolve().parent.parent

env = Environment(os.environ)
ENV_NAME = env.text("ENV_NAME")
DEBUG = env.flag("ENV_DEBUG", default=False)
SECRET_KEY = env.text("ENV_SECRET_KEY")
ALLOWED_HOSTS = env.names("ENV_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.names("ENV_TRUSTED_ORIGINS", default="")
LOG_LEVEL = env.text("ENV_LOG_LEVEL", default="INFO").upper()
HTTPS = env.flag("ENV_HTTPS", default=not DEBUG)
HSTS_SECONDS = env.number("ENV_HSTS_SECONDS", default=3600)
DATABASES = {"default": env.database("ENV_DATABASE_URL")}
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
    # First: load balancers ask by address, without a host name and without HTTPS.
    "apps.health.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
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

# Collected while the image is built: nginx serves them, hashed names let browsers keep them.
STATIC_URL = "/static/"
STATIC_ROOT = APP / "dist"
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
SECURE_HSTS_SECONDS = HSTS_SECONDS if HTTPS else 0
SECURE_CSP = {"default-src": [CSP.SELF], "img-src": [CSP.SELF, "data:"]}
# Subdomains and browsers' preload lists concern the whole domain: its owner decides, not this app.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {"django": {"handlers": [], "level": LOG_LEVEL}},
}
