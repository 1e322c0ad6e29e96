"""The application server. gunicorn's own documentation names every setting."""

import importlib
import sys

from project.env import WrongEnvironment
from project.logs import gunicorn_configuration

try:
    settings = importlib.import_module("project.settings")
except WrongEnvironment as error:
    # Once and in plain words, before each worker fails with a traceback of its own.
    sys.exit(str(error))

bind = "0.0.0.0:8080"
worker_class = "gthread"
# By default not the number of processors: in a container that is the machine's, not ours.
workers = settings.WEB_CONCURRENCY
threads = settings.WEB_THREADS
# Heartbeats into memory: a slow disk must not look like a hanging worker.
worker_tmp_dir = "/dev/shm"
# The image is read-only and nobody manages workers from inside it.
control_socket_disable = True
timeout = 60
# Within stop_grace_period of docker-compose.yml: requests under way are finished.
graceful_timeout = 30
# nginx closes its connections itself. A load balancer straight before gunicorn keeps idle ones for 60 s: it must be
# the one who closes.
keepalive = 75
# A process that leaks is renewed; often enough for that, seldom enough to cost nothing.
max_requests = 20_000
max_requests_jitter = 4_000
# JSON lines with the id of the request.
logconfig_dict = gunicorn_configuration(settings.LOG_LEVEL)
# Only nginx reaches this port.
forwarded_allow_ips = "*"
