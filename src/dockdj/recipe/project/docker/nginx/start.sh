#!/bin/sh
# Starts nginx, after writing where django is: that differs between Docker's networks.
# Arguments are nginx's own: `start.sh -t` checks the configuration.
set -eu
file=/tmp/nginx-django.conf
address=$(awk '$1 !~ /^#/ { for (i = 2; i <= NF; i++) if ($i == "django") { print $1; exit } }' /etc/hosts)

if [ -n "$address" ]; then
    # A link on Docker's first bridge (ECS): there is no DNS server, the name is in /etc/hosts. Docker starts
    # django before, and one that ends takes nginx along, so the address holds.
    case "$address" in *:*) address="[$address]" ;; esac
    echo "set \$django $address:8080;" >"$file"
else
    # A network with a DNS server (Compose: 127.0.0.11). Its name is resolved when nginx is asked, and again when
    # that is a second old: django may come later, and comes back under another address.
    servers=$(awk '$1 == "nameserver" && $2 !~ /%/ { print index($2, ":") ? "[" $2 "]" : $2 }' /etc/resolv.conf)
    printf 'resolver %s valid=1s ipv6=off;\nset $django django:8080;\n' "$(echo ${servers:-127.0.0.11})" >"$file"
fi
exec nginx -e stderr "$@"
