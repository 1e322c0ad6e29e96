# shellcheck shell=bash
# Output: one line per step with its duration; errors with their cause and the next command.

now_ms() { date +%s%3N; }

seconds_since() { # START_MS
    local ms=$(( $(now_ms) - $1 ))
    printf '%d.%d s' $(( ms / 1000 )) $(( ms % 1000 / 100 ))
}

# One finished step: what it is, what came of it, how long it took.
say() { printf 'testbed: %-26s %s\n' "$1" "$2"; }
say_timed() { say "$1" "$2 ($(seconds_since "$3"))"; }

# What failed, its cause, what to type next. Exit code 1, or the one given first with -c.
fail() {
    local code=1
    if [[ $1 == -c ]]; then code=$2; shift 2; fi
    {
        printf 'testbed: error: %s\n' "$1"
        shift
        if (( $# )); then printf '  %s\n' "$@"; fi
    } >&2
    exit "$code"
}

# Runs a command with its output in a log file; shows the end of it when the command fails.
# It gets no input and not the lock (9), which a daemon that it starts would keep.
logged() { # LOG COMMAND...
    local log=$1 status=0
    shift
    "$@" >"$log" 2>&1 </dev/null 9>&- || status=$?
    if (( status )); then
        printf 'testbed: this command failed with %d: %s\n' "$status" "$*" >&2
        tail -n 25 "$log" | sed 's/^/  | /' >&2
    fi
    return "$status"
}
