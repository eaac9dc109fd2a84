#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that a set of work needs and that are not there yet: deps.sh SET...
# SET is build, test, lint, fuzz, bench, demo or interop. Debian 12 and 13.
set -euo pipefail

packages() {
    case $1 in
    build) echo gcc libc6-dev make pkg-config libldap-dev libcurl4-openssl-dev libjansson-dev \
        libsqlite3-dev libyaml-dev libmicrohttpd-dev libpcre2-dev libssl-dev libutf8proc-dev ;;
    test) echo libcmocka-dev python3 python3-pytest python3-pytest-xdist python3-ldap python3-jsonschema slapd ldap-utils openssl strace \
        curl ca-certificates systemd procps binutils mandoc ;;
    lint) echo clang clang-tidy clang-format cppcheck shellcheck mandoc pyflakes3 ;;
    fuzz) echo clang llvm libclang-rt-dev ;;
    bench) command -v npm >/dev/null || echo npm ;;
    demo) echo python3 slapd ldap-utils openssl curl ca-certificates procps ;;
    # Where node comes from elsewhere it brings its npm along.
    interop) echo python3-venv iproute2 util-linux ldap-utils samba samba-ad-provision \
        samba-dsdb-modules samba-vfs-modules winbind python3-samba ldb-tools 389-ds-base \
        "$(command -v npm >/dev/null || echo npm)" ;;
    *) echo "deps.sh: no such set: $1 (build, test, lint, fuzz, bench, demo, interop)" >&2; exit 64 ;;
    esac
}

install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -- "$@" </dev/null
}

wanted=$(for set in "$@"; do packages "$set" || exit; done | tr ' ' '\n' | sort -u)
# shellcheck disable=SC2086 # a list of words
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true)
missing=
for package in $wanted; do
    grep -qxF "installed $package" <<<"$installed" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ]; then
    echo "These packages are missing; install them as root, then try again:" >&2
    echo "    apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

# Nothing that gets installed may start a service here: the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
echo "  APT  $missing"
log=$(mktemp)
# shellcheck disable=SC2086 # a list of words
if ! { [ -n "$(ls /var/lib/apt/lists/*Packages* 2>/dev/null)" ] && install $missing >"$log" 2>&1; }; then
    apt-get update -qq -o DPkg::Lock::Timeout=300 </dev/null >"$log" 2>&1 || true
    # shellcheck disable=SC2086
    if ! install $missing >>"$log" 2>&1; then
        tail -n 40 "$log" >&2
        rm -f "$log"
        echo "deps.sh: these packages could not be installed:$missing" >&2
        exit 1
    fi
fi
rm -f "$log"
