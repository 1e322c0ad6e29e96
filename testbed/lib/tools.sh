# shellcheck shell=bash
# Programs that the tests and the stand-in images need, from Debian packages.

missing_tools() {
    command -v git >/dev/null || echo git
    python_can_make_environments || echo python3-venv
    # Only root on Debian builds stand-ins and lets dockerd use the firewall.
    if can_install; then
        [[ -e /etc/ssl/certs/ca-certificates.crt ]] || echo ca-certificates
        command -v iptables >/dev/null || [[ -x /usr/sbin/iptables ]] || echo iptables
        command -v mmdebstrap >/dev/null || echo mmdebstrap
    fi
}

# Debian's python3 comes without ensurepip.
python_can_make_environments() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

ensure_tools() {
    local missing
    mapfile -t missing < <(missing_tools)
    if (( ! ${#missing[@]} )); then
        say tools 'all there'
    elif can_install; then
        install_packages "${missing[@]}"
    else
        fail -c 4 "missing: ${missing[*]}" \
            "on Debian type:  sudo apt-get install ${missing[*]}" 'elsewhere install the programs of these names'
    fi
}
