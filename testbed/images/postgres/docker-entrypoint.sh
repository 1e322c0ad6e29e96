#!/usr/bin/env bash
# First start: makes the cluster from POSTGRES_*; every start: exec postgres as the user postgres.
set -euo pipefail

# NAME, or the content of the file that NAME_FILE names.
setting() { # NAME DEFAULT
    local file=${1}_FILE
    if [[ ${!file:-} ]]; then cat "${!file}"; else printf '%s' "${!1:-$2}"; fi
}

init_cluster() {
    local user password database method
    user=$(setting POSTGRES_USER postgres)
    password=$(setting POSTGRES_PASSWORD '')
    database=$(setting POSTGRES_DB "$user")
    method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    if [[ -z $password && $method != trust ]]; then
        echo 'Error: Database is uninitialized and superuser password is not specified.' >&2
        echo '       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.' >&2
        exit 1
    fi
    # shellcheck disable=SC2086  # several arguments, as in the official image
    initdb --username="$user" --pwfile=<(printf '%s\n' "$password") ${POSTGRES_INITDB_ARGS:-}
    printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
    if [[ $database != postgres ]]; then
        printf 'CREATE DATABASE "%s";\n' "${database//\"/\"\"}" | postgres --single -j -D "$PGDATA" postgres >/dev/null
    fi
    run_init_scripts "$user" "$database"
}

run_shell_script() { # FILE
    # shellcheck source=/dev/null
    if [[ -x $1 ]]; then "$1"; else source "$1"; fi
}

run_init_scripts() { # USER DATABASE
    local file files=(/docker-entrypoint-initdb.d/*)
    [[ -e ${files[0]} ]] || return 0
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    for file in "${files[@]}"; do
        case $file in
            *.sh) run_shell_script "$file" ;;
            *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$1" --dbname "$2" -f "$file" ;;
            *.sql.gz) gunzip -c "$file" | psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$1" --dbname "$2" ;;
        esac
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
}

if [[ ${1:-} == -* ]]; then set -- postgres "$@"; fi
if [[ ${1:-} == postgres ]]; then
    if (( EUID == 0 )); then
        install -d -m 700 "$PGDATA"
        chmod 700 "$PGDATA"
        chown -R postgres:postgres "$PGDATA" /var/run/postgresql
        exec setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/var/lib/postgresql "$BASH" "$0" "$@"
    fi
    [[ -s $PGDATA/PG_VERSION ]] || init_cluster
fi
exec "$@"
