#!/bin/sh
# start.sh PROCESS [ARGUMENT...]   runs that line of the Procfile, with the arguments behind it
# start.sh COMMAND...              runs anything else in the same environment
# Each `exec` matters: the program must be the one that gets the signal to stop.
set -eu
# gunicorn reads this one before its configuration, and fails with a traceback. Empty means missing, here as in the
# settings; what is no number they name, with all else that is wrong.
[ -n "${WEB_CONCURRENCY:-}" ] || unset WEB_CONCURRENCY
case ${WEB_CONCURRENCY:-} in *[!0-9]*) python manage.py check >&2 ;; esac
process=${1:-web}
[ $# -eq 0 ] || shift
line=$(awk -v name="$process:" 'index($0, name) == 1 { sub(/^[^:]*:[ \t]*/, ""); print; exit }' \
    "${PROCFILE:-/var/app/Procfile}")
[ -n "$line" ] || exec "$process" "$@"
exec sh -c "exec $line \"\$@\"" "$process" "$@"
