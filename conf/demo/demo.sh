#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The main job, for real: a private directory, muster's own SCIM service, a plan, a sync, a change, a sync.
# usage: demo.sh PROGRAM (make demo calls it)
set -euo pipefail

program=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
dir=$(mktemp -d "${TMPDIR:-/tmp}/muster-demo.XXXXXX")
pids=()

finish() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$dir"
}
trap finish EXIT

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\e[1m' plain=$'\e[0m'; else bold='' plain=''; fi
say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }

# Shows a command as the user would type it and runs it.
muster() {
    printf '%s$ muster %s%s\n' "$bold" "$*" "$plain"
    "$program" -c "$dir/muster.yaml" "$@"
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

await() { # await PORT PID WHAT
    for _ in $(seq 200); do
        (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
        kill -0 "$2" 2>/dev/null || break
        sleep 0.05
    done
    echo "demo: $3 did not start:" >&2
    cat "$dir"/*.log >&2
    exit 1
}

start_directory() {
    mkdir -p "$dir/ldap"
    for name in admin ldap; do
        head -c 18 /dev/urandom | base64 | tr -d '\n' > "$dir/$name-password"
    done
    cat > "$dir/slapd.conf" <<CONF
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile $dir/slapd.pid
database mdb
suffix "dc=engines,dc=example"
rootdn "cn=admin,dc=engines,dc=example"
rootpw $(cat "$dir/admin-password")
directory $dir/ldap
index objectClass,entryUUID,uid,cn,member eq
limits dn.exact="cn=muster,ou=services,dc=engines,dc=example" size=unlimited time=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by * read
CONF
    {
        cat "$here/company.ldif"
        printf 'dn: cn=muster,ou=services,dc=engines,dc=example\nobjectClass: organizationalRole\n'
        printf 'objectClass: simpleSecurityObject\ncn: muster\nuserPassword: %s\n' "$(cat "$dir/ldap-password")"
    } > "$dir/company.ldif"
    /usr/sbin/slapadd -q -f "$dir/slapd.conf" -l "$dir/company.ldif" 2> "$dir/slapadd.log"
    /usr/sbin/slapd -d 0 -f "$dir/slapd.conf" -h "ldap://127.0.0.1:$ldap_port" > "$dir/slapd.log" 2>&1 &
    pids+=($!)
    await "$ldap_port" $! "slapd"
}

start_service() {
    "$program" -c "$dir/muster.yaml" -q token create demo > "$dir/scim-token"
    "$program" -c "$dir/muster.yaml" serve > "$dir/serve.log" 2>&1 &
    pids+=($!)
    await "$scim_port" $! "muster serve"
}

umask 077
ldap_port=$(free_port)
scim_port=$(free_port)
sed -e "s#@DIR@#$dir#g" -e "s#@LDAP_PORT@#$ldap_port#g" -e "s#@SCIM_PORT@#$scim_port#g" \
    "$here/muster.yaml.in" > "$dir/muster.yaml"

say "A private slapd with a sample company (24 people, 6 groups), and muster's own SCIM service"
start_directory
start_service
cat "$dir/muster.yaml"

say "Does everything answer?"
muster check
say "What would change, and why?"
muster plan
say "Make it so"
muster sync
say "What arrived at the other side"
printf '%s$ muster dump crm%s   (the teams)\n' "$bold" "$plain"
"$program" -c "$dir/muster.yaml" dump crm | sed -n '/^teams:/,$p'
say "Once more: a second run right after a first one changes nothing"
muster sync

say "The directory changes: a joiner, a mover and a leaver"
cat > "$dir/change.ldif" <<'LDIF'
dn: uid=sophie,ou=people,dc=engines,dc=example
changetype: add
objectClass: inetOrgPerson
uid: sophie
cn: Sophie Wilson
sn: Wilson
givenName: Sophie
mail: sophie@engines.example
title: Engineer

dn: cn=staff,ou=groups,dc=engines,dc=example
changetype: modify
add: member
member: uid=sophie,ou=people,dc=engines,dc=example
-
delete: member
member: uid=hedy,ou=people,dc=engines,dc=example

dn: cn=eng-compilers,ou=groups,dc=engines,dc=example
changetype: modify
add: member
member: uid=sophie,ou=people,dc=engines,dc=example

dn: uid=alan,ou=people,dc=engines,dc=example
changetype: modify
replace: title
title: Lead Engineer
LDIF
cat "$dir/change.ldif"
printf '%s$ ldapmodify -f change.ldif%s\n' "$bold" "$plain"
ldapmodify -x -H "ldap://127.0.0.1:$ldap_port" -D cn=admin,dc=engines,dc=example -y "$dir/admin-password" -f "$dir/change.ldif" > /dev/null

say "The plan speaks of the change alone"
muster plan
muster sync
say "Why is Sophie in the compiler team?"
muster explain sophie@engines.example compilers
muster runs
say "That was it. Next: muster config example > muster.yaml, and man muster"
