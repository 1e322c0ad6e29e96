#!/bin/sh
# start.sh PROCESS        runs that line of the Procfile
# start.sh COMMAND...     runs anything else in the same environment
# Each `exec` matters: the program must be the one that gets the signal to stop.
set -eu
# Empty means missing, here as in the settings; gunicorn reads this one by itself and would fail.
[ -n "${WEB_CONCURRENCY:-}" ] || unset WEB_CONCURRENCY
process="${1:-web}"
[ $# -eq 0 ] || shift
line=$(sed -n "s/^${process}:[[:space:]]*//p" "${PROCFILE:-/var/app/Procfile}")
[ -n "$line" ] || exec "$process" "$@"
exec sh -c "exec $line"
