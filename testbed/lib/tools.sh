# shellcheck shell=bash
# Programs that the tests and the stand-in images need, from Debian packages.

ensure_tools() { :; }
