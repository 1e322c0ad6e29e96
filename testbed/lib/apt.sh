# shellcheck shell=bash
# Debian packages, by an apt configuration of our own: the machine's sources, lists and
# preferences stay as they are, and a broken third-party source there does no harm.

APT_HOME=$STATE/apt
NEW_RELEASE=trixie
# The only packages that may come from the newer release on an older machine.
FROM_NEW_RELEASE='docker.io docker-cli docker-compose docker-buildx'

on_debian() { [[ -r /etc/debian_version ]] && command -v apt-get >/dev/null && [[ $(os_release ID) == debian ]]; }
os_release() { sed -n "s/^$1=\"\\{0,1\\}\\([^\"]*\\)\"\\{0,1\\}\$/\\1/p" /etc/os-release; }
debian_codename() { os_release VERSION_CODENAME; }
is_root() { (( EUID == 0 )); }
can_install() { is_root && on_debian; }

package_installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

apt_sources() { # prints ADDRESS SUITE COMPONENT
    # shellcheck disable=SC2016  # apt-get replaces these, not the shell
    apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null
}

# The address that the machine itself uses for a suite, whichever way its sources are written.
machine_mirror() { # SUITE...
    local uri release component suite
    while read -r uri release component; do
        [[ $component == main ]] || continue
        for suite in "$@"; do
            [[ $release == "$suite" ]] && { plain_mirror "$uri"; return; }
        done
    done <<<"$APT_SOURCES"
    return 1
}

# Cloud images name a file with the mirrors instead of a mirror.
plain_mirror() { # URI
    local uri=${1%/}
    if [[ $uri == mirror+file:* ]]; then
        uri=$(awk '!/^#/ && NF { print $1; exit }' "${uri#mirror+file:}")
    fi
    printf '%s\n' "${uri%/}"
}

# apt names its sources only once it has read their lists. A source that cannot be read is no
# reason to stop: what we install comes from Debian's.
APT_SOURCES=
read_machine_sources() {
    if [[ -z $APT_SOURCES ]]; then APT_SOURCES=$(apt_sources || true); fi
    if [[ $APT_SOURCES ]]; then return; fi
    apt-get -q update -o Acquire::Retries=0 -o Acquire::http::Timeout=15 -o Acquire::https::Timeout=15 \
        >/dev/null 2>&1 </dev/null || true
    APT_SOURCES=$(apt_sources || true)
}

debian_mirror() {
    read_machine_sources
    machine_mirror "$(debian_codename)" stable ||
        fail "this machine's apt sources name no mirror for Debian $(debian_codename)" \
            "look at:  apt-get update; apt-get indextargets | grep -E '^(Repo-URI|Release|Component):'"
}

security_mirror() { machine_mirror "$(debian_codename)-security" stable-security || true; }

# One-line sources of one release: base, updates and, where the machine has it, security.
source_lines() { # RELEASE
    local mirror security
    local keys='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
    mirror=$(debian_mirror)
    security=$(security_mirror)
    printf 'deb %s %s %s main\n' "$keys" "$mirror" "$1" "$keys" "$mirror" "$1-updates"
    if [[ -n $security ]]; then printf 'deb %s %s %s main\n' "$keys" "$security" "$1-security"; fi
}

write_apt_home() {
    read_machine_sources
    mkdir -p "$APT_HOME"/{sources.list.d,preferences.d,lists/partial}
    {
        source_lines "$(debian_codename)"
        if [[ $(debian_codename) != "$NEW_RELEASE" ]]; then source_lines "$NEW_RELEASE"; fi
    } >"$APT_HOME/sources.list"
    if [[ $(debian_codename) == "$NEW_RELEASE" ]]; then
        rm -f "$APT_HOME/preferences.d/testbed"
        return
    fi
    cat >"$APT_HOME/preferences.d/testbed" <<END
Package: *
Pin: release n=$NEW_RELEASE*
Pin-Priority: -10

Package: $FROM_NEW_RELEASE
Pin: release n=$NEW_RELEASE*
Pin-Priority: 900
END
}

our_apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        -o Dir::Etc::sourcelist="$APT_HOME/sources.list" \
        -o Dir::Etc::sourceparts="$APT_HOME/sources.list.d" \
        -o Dir::Etc::preferences=/dev/null \
        -o Dir::Etc::preferencesparts="$APT_HOME/preferences.d" \
        -o Dir::State::lists="$APT_HOME/lists" \
        -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 \
        -o APT::Update::Error-Mode=any \
        -o DPkg::Lock::Timeout=120 \
        "$@"
}

update_package_lists() {
    local log=$LOG_DIR/apt-update.log
    write_apt_home
    if our_apt update >"$log" 2>&1 </dev/null; then return; fi
    # An old keyring does not know the newer release: renew it from the machine's own one.
    if grep -q 'NO_PUBKEY' "$log"; then
        source_lines "$(debian_codename)" >"$APT_HOME/sources.list"
        if logged "$log" our_apt update; then logged "$log" our_apt install debian-archive-keyring || true; fi
        write_apt_home
    fi
    logged "$log" our_apt update || fail 'the Debian package lists cannot be read' \
        "the whole output: $log"
}

PACKAGE_LISTS_FRESH=
install_packages() { # PACKAGE...
    local started; started=$(now_ms)
    [[ $PACKAGE_LISTS_FRESH ]] || update_package_lists
    PACKAGE_LISTS_FRESH=yes
    logged "$LOG_DIR/apt-install.log" our_apt install --no-install-recommends "$@" ||
        fail "these packages cannot be installed: $*" "the whole output: $LOG_DIR/apt-install.log"
    say_timed packages "installed $*" "$started"
}
