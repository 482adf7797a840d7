#!/bin/sh
# Installs the Debian packages that openloom is built with, after saying which; does nothing where they are there.
# Sourced by demo.sh and test.sh. Needs root or sudo only if something is missing.

openloom_install() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
    done
    if ! command -v swift >/dev/null 2>&1; then
        echo "openloom needs Swift 6.3 or newer, and there is no 'swift' on the PATH: see https://www.swift.org/install" >&2
        exit 1
    fi
    [ -z "$missing" ] && return 0
    echo "Installing Debian packages:$missing"
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null 2>&1 || { echo "run this once as root: apt-get install$missing" >&2; exit 1; }
        as_root="sudo"
    fi
    $as_root apt-get update -qq || true
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null \
        || { echo "could not install$missing" >&2; exit 1; }
}

openloom_build_packages="libcurl4-openssl-dev libyaml-dev libzip-dev libsqlite3-dev zlib1g-dev pkg-config git"
