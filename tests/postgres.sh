#!/bin/sh
# Finds PostgreSQL of that version in that folder, or installs Debian's: its programs alone, no cluster that runs.
set -eu
version=$1 folder=$2
[ -x "$folder/initdb" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing Debian's PostgreSQL $version for the tests"
    no_cluster=/etc/postgresql-common/createcluster.d/oneclick-tests.conf
    mkdir -p "${no_cluster%/*}"
    trap 'rm -f "$no_cluster"; rmdir "${no_cluster%/*}" 2>/dev/null || :' EXIT
    echo "create_main_cluster = false" >"$no_cluster"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "postgresql-$version" >/dev/null &&
        [ -x "$folder/initdb" ] && exit 0
fi
echo "These tests need PostgreSQL $version in $folder: install it (Debian: sudo apt-get install postgresql-$version)," >&2
echo "or name another one: make test-postgres POSTGRES=17, and POSTGRES_BIN=... where its programs lie elsewhere." >&2
exit 1
