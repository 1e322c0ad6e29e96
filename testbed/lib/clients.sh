# shellcheck shell=bash
# Compose and Buildx of two Debian releases, next to those of the machine, which stay as they are: the oldest that
# are supported, and newer ones. `tests/support/clients.py` hands them to tests.

CLIENTS=$STATE/clients
declare -A CLIENT_RELEASES=([oldest]=trixie [newest]=forky)
CLIENT_PACKAGES=(docker-compose docker-buildx)

# apt with the lists of one release alone. It verifies the mirror's signature and each package's checksum.
client_apt() { # FOLDER ARGUMENT...
    local folder=$1
    shift
    apt-get -q -o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null \
        -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder/cache" \
        -o Acquire::Languages=none -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 \
        -o APT::Update::Error-Mode=any -o APT::Sandbox::User=root "$@"
}

# The programs are those whose checksums were noted when they were unpacked.
clients_are_good() { # NAME
    [[ -s $CLIENTS/$1/sha256 ]] && (cd "$CLIENTS/$1" && sha256sum --quiet --check sha256) >/dev/null 2>&1
}

fetch_clients() { # NAME
    local name=$1 release=${CLIENT_RELEASES[$1]} folder package
    folder=$(mktemp -d "$CLIENTS/.$name.XXXXXX")
    mkdir -p "$folder"/{lists,cache/archives}/partial "$folder/debs" "$folder/cli-plugins"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' \
        "$(debian_mirror)" "$release" >"$folder/sources.list"
    client_apt "$folder" update || return 1
    (cd "$folder/debs" && client_apt "$folder" download "${CLIENT_PACKAGES[@]}") || return 1
    for package in "$folder"/debs/*.deb; do dpkg-deb --extract "$package" "$folder/root" || return 1; done
    for package in "${CLIENT_PACKAGES[@]}"; do
        mv "$folder/root/usr/libexec/docker/cli-plugins/$package" "$folder/cli-plugins/" || return 1
    done
    (cd "$folder" && sha256sum cli-plugins/* >sha256) || return 1
    chmod 755 "$folder"
    rm -rf "$folder"/{lists,cache,debs,root,sources.list} "${CLIENTS:?}/$name"
    mv "$folder" "$CLIENTS/$name"
}

clients_versions() { # NAME
    local plugins=$CLIENTS/$1/cli-plugins
    printf 'compose %s, buildx %s' "$("$plugins/docker-compose" version --short)" \
        "$("$plugins/docker-buildx" version | awk '{ print $2 }')"
}

# Without them a test is skipped, so a mirror that does not answer is no reason to stop. On a CI machine it is one for
# the oldest. The newest come from Debian's next release, whose packages are not always complete.
ensure_clients() {
    local name started
    if ! can_install; then
        say clients 'skipped: only root on Debian fetches them'
        return
    fi
    mkdir -p "$CLIENTS"
    for name in "${!CLIENT_RELEASES[@]}"; do
        started=$(now_ms)
        if clients_are_good "$name"; then
            say "clients, $name" "$(clients_versions "$name"), there already"
        elif logged "$LOG_DIR/clients-$name.log" fetch_clients "$name"; then
            say_timed "clients, $name" "$(clients_versions "$name")" "$started"
        else
            rm -rf "$CLIENTS"/".$name".??????
            [[ -z ${CI:-} || $name == newest ]] || fail "the ${CLIENT_RELEASES[$name]} packages ${CLIENT_PACKAGES[*]} cannot be fetched" \
                "the whole output: $LOG_DIR/clients-$name.log"
            say "clients, $name" 'cannot be fetched: the tests that need them are skipped'
        fi
    done
}
