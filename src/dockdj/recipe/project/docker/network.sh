# Sourced by the build steps that download: the certificate authorities and package mirrors given to the build,
# if any. They come as secrets of the build, so that no image and no layer's history holds them.
# dockdj.toml: [build].

if [ -s /run/secrets/ca ]; then
    # In memory: a layer keeps what is written to disk.
    cat /etc/ssl/certs/ca-certificates.crt /run/secrets/ca 2>/dev/null >/dev/shm/ca.pem
    export SSL_CERT_FILE=/dev/shm/ca.pem PIP_CERT=/dev/shm/ca.pem NODE_EXTRA_CA_CERTS=/dev/shm/ca.pem
    export APT_CONFIG=/dev/shm/apt.conf
    echo 'Acquire::https::CaInfo "/dev/shm/ca.pem";' >>"$APT_CONFIG"
fi
# PIP_INDEX_URL, UV_DEFAULT_INDEX, NPM_CONFIG_REGISTRY, DEBIAN_MIRROR
if [ -s /run/secrets/mirrors ]; then
    set -a
    . /run/secrets/mirrors
    set +a
fi
# It takes the place of the servers in the image's own sources: debian and debian-security are below it.
if [ -n "${DEBIAN_MIRROR:-}" ]; then
    export APT_CONFIG=/dev/shm/apt.conf
    mkdir -p /dev/shm/apt/sources.list.d
    for file in sources.list $(cd /etc/apt && ls sources.list.d/* 2>/dev/null); do
        [ ! -f "/etc/apt/$file" ] || sed -E "s#https?://[^/ ]+#${DEBIAN_MIRROR%/}#" "/etc/apt/$file" >"/dev/shm/apt/$file"
    done
    echo 'Dir::Etc::SourceList "/dev/shm/apt/sources.list"; Dir::Etc::SourceParts "/dev/shm/apt/sources.list.d";' \
        >>"$APT_CONFIG"
fi
