# shellcheck shell=bash
# The Docker engine and the plugins compose and buildx.

# As in src/dockdj/model/oldest_versions.py.
COMPOSE_AT_LEAST=2.26
BUILDX_AT_LEAST=0.13
DOCKERD_LOG=/var/log/dockdj-dockerd.log
DOCKERD_SECONDS=60

engine_answers() { command -v docker >/dev/null && timeout 10 docker info >/dev/null 2>&1; }
engine_version() { docker version --format '{{.Server.Version}}' 2>/dev/null; }

# Does the docker client speak to the daemon of this machine by its usual socket?
engine_is_the_local_one() {
    [[ -z ${DOCKER_HOST:-} || $DOCKER_HOST == unix:///var/run/docker.sock ]] || return 1
    ! command -v docker >/dev/null || [[ $(docker context show 2>/dev/null || echo default) == default ]]
}

compose_version() { docker compose version --short 2>/dev/null | sed 's/^v//'; }
buildx_version() { docker buildx version 2>/dev/null | awk '{ print $2 }' | sed 's/^v//'; }
at_least() { [[ $2 ]] && printf '%s\n%s\n' "$1" "$2" | sort -C -V; } # VERSION VERSION_THAT_IS_THERE
compose_is_good() { at_least "$COMPOSE_AT_LEAST" "$(compose_version)"; }
buildx_is_good() { at_least "$BUILDX_AT_LEAST" "$(buildx_version)"; }

plugins_are_good() { compose_is_good && buildx_is_good; }

ensure_engine() {
    local started; started=$(now_ms)
    if engine_answers; then
        say_timed engine "answers, version $(engine_version)" "$started"
        return
    fi
    engine_is_the_local_one || fail -c 4 \
        "the Docker engine at '${DOCKER_HOST:-context $(docker context show)}' does not answer" \
        'start it, or use the engine of this machine: unset DOCKER_HOST DOCKER_CONTEXT; docker context use default'
    can_install || fail_without_engine
    command -v dockerd >/dev/null || install_packages docker.io docker-cli docker-compose docker-buildx \
        iptables tini ca-certificates
    start_engine
}

fail_without_engine() {
    if command -v dockerd >/dev/null; then
        fail -c 4 'Docker is installed, but its engine does not answer' \
            "the cause: $(docker version --format '{{ .Server.Version }}' 2>&1 | tail -n 1)" \
            'start it:                  sudo systemctl start docker' \
            "may you use it? if not:    sudo usermod -aG docker $(id -un)   (then log in again)"
    fi
    if on_debian; then
        fail -c 4 'there is no Docker engine, and only root can install it' \
            "type:  sudo $TESTBED/setup engine" \
            "then:  sudo usermod -aG docker $(id -un)   (and log in again)"
    fi
    fail -c 4 'there is no Docker engine, and this is not Debian, so it is not installed for you' \
        "install Docker Engine (or Docker Desktop) with Compose $COMPOSE_AT_LEAST and Buildx $BUILDX_AT_LEAST or newer, then run this again"
}

ensure_plugins() {
    local missing=()
    compose_is_good || missing+=(docker-compose)
    buildx_is_good || missing+=(docker-buildx)
    if (( ${#missing[@]} )); then
        can_install || fail -c 4 "Docker lacks: ${missing[*]} (Compose $COMPOSE_AT_LEAST, Buildx $BUILDX_AT_LEAST or newer)" \
            "on Debian type:  sudo $TESTBED/setup engine" \
            'elsewhere install the plugins docker-compose-plugin and docker-buildx-plugin'
        install_packages "${missing[@]}"
        plugins_are_good || fail 'compose or buildx still cannot be used after the installation' \
            "compose: $(docker compose version 2>&1 | head -n 1)" "buildx:  $(docker buildx version 2>&1 | head -n 1)" \
            'an old plugin in ~/.docker/cli-plugins or /usr/local/lib/docker/cli-plugins comes first: remove it'
    fi
    say plugins "compose $(compose_version), buildx $(buildx_version)"
}

start_engine() {
    local started; started=$(now_ms)
    if [[ -d /run/systemd/system ]]; then
        logged "$LOG_DIR/dockerd-start.log" systemctl enable --now docker ||
            fail 'systemd cannot start Docker' 'look at: journalctl -u docker -n 50'
    elif ! dockerd_runs; then
        start_dockerd_detached
    fi
    wait_for_engine "$started"
    say_timed engine "started, version $(engine_version), log $DOCKERD_LOG" "$started"
}

# The name of a running program, or nothing. A zombie has a name but no command line.
program_of() { # PID
    [[ -z $(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline") ]] || cat "/proc/$1/comm" 2>/dev/null
}

# The package's own init script may have started it a moment ago.
dockerd_runs() {
    local pid
    pid=$(cat /var/run/docker.pid 2>/dev/null) && [[ $pid ]] && [[ $(program_of "$pid") == dockerd ]]
}

DOCKERD_PID=
dockerd_ended() { [[ $DOCKERD_PID ]] && ! kill -0 "$DOCKERD_PID" 2>/dev/null; }

# What a daemon that was killed left behind. Its number may be another program's by now, and a new daemon would
# take that for the old one.
forget_dead_daemons() {
    local file pid
    for file in /var/run/docker.pid /var/run/docker/containerd/containerd.pid; do
        pid=$(cat "$file" 2>/dev/null) || continue
        case $(program_of "${pid:-none}") in
            dockerd | containerd) ;;
            *) rm -f "$file" ;;
        esac
    done
}

# The network namespaces of a killed daemon's containers stay on docker0 with their addresses. A daemon with another
# data root knows nothing of them and gives the same addresses and MACs to its own containers, which then answer now
# and then.
forget_dead_networks() {
    local namespace
    if grep -qs "[c]ontainerd-shim" /proc/[0-9]*/cmdline; then return; fi
    for namespace in /var/run/docker/netns/*; do
        umount "$namespace" 2>/dev/null || true
        rm -f "$namespace"
    done
}

# Its own session, no terminal, no inherited lock: it outlives whoever called.
start_dockerd_detached() {
    forget_dead_daemons
    forget_dead_networks
    (
        ulimit -n 1048576 2>/dev/null || true
        cd /
        exec setsid nohup dockerd </dev/null >>"$DOCKERD_LOG" 2>&1 9>&-
    ) &
    DOCKERD_PID=$!
    disown
}

fail_with_log() { # WHAT
    local lines
    printf '\n'
    mapfile -t lines < <(tail -n 8 "$DOCKERD_LOG" 2>/dev/null)
    fail "$1; the end of its log:" "${lines[@]/#/| }" "see all of it:  less $DOCKERD_LOG"
}

wait_for_engine() { # START_MS
    local deadline=$(( $1 + DOCKERD_SECONDS * 1000 ))
    printf 'testbed: %-26s waiting for dockerd ' engine
    until engine_answers; do
        if dockerd_ended; then fail_with_log 'dockerd ended at once'; fi
        if (( $(now_ms) > deadline )); then fail_with_log "dockerd does not answer after $DOCKERD_SECONDS s"; fi
        printf '.'
        sleep 0.3
    done
    printf '\n'
}
