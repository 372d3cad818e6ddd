#!/usr/bin/env bash
# A Docker engine for the test of containers, where this machine has none and its tests run as root.
#
#   tests/engine.sh start FOLDER   an engine whose data is in FOLDER, with the base image of deploy/Dockerfile
#   tests/engine.sh stop FOLDER    ends it
#
# On Debian it installs what is missing. The engine leaves the machine's packet filter alone, so its
# containers reach each other and nothing beyond. A machine that cannot have one says why and exits 0: the
# test is skipped then. An engine that runs already is used as it is.
set -uo pipefail

action=${1:?usage: tests/engine.sh start|stop FOLDER}
folder=${2:?usage: tests/engine.sh start|stop FOLDER}
base=debian:bookworm-slim
pid=$folder/docker.pid

skip() {
    echo "engine: $*: the test of containers is skipped"
    exit 0
}

# Installs packages whose programs are missing: PROGRAM=PACKAGE...
need() {
    local pair missing=()
    for pair in "$@"; do
        command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || skip "no apt-get to install ${missing[*]}"
    echo "engine: apt-get install ${missing[*]}"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$folder/apt.log" 2>&1 ||
        skip "${missing[*]} cannot be installed, see $folder/apt.log"
}

# The base image: from its registry, else made from Debian's packages.
image() {
    docker image inspect "$base" >/dev/null 2>&1 && return
    timeout 60 docker pull -q "$base" >/dev/null 2>&1 && return
    need debootstrap=debootstrap
    echo "engine: $base is made of Debian's packages"
    rm -rf "$folder/base"
    timeout 600 debootstrap --variant=minbase bookworm "$folder/base" >"$folder/base.log" 2>&1 ||
        skip "debootstrap failed, see $folder/base.log"
    rm -rf "$folder/base/var/cache/apt/archives"/*.deb
    tar -C "$folder/base" -c . | docker import - "$base" >/dev/null || skip "no base image"
    rm -rf "$folder/base"
}

start() {
    if docker info >/dev/null 2>&1; then
        echo 'engine: one runs here'
        return
    fi
    [ "$(id -u)" -eq 0 ] || skip 'no Docker engine, and these tests are not run by root'
    mkdir -p "$folder" || skip "no folder $folder"
    need dockerd=docker.io iptables=iptables docker-compose=docker-compose
    # A file of an engine that was killed would stop the next.
    rm -f "$pid"
    setsid dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$pid" \
        --iptables=false --ip6tables=false --ip 127.0.0.1 >"$folder/dockerd.log" 2>&1 </dev/null &
    for _ in $(seq 60); do
        if docker info >/dev/null 2>&1; then
            image
            return
        fi
        sleep 0.5
    done
    skip "the engine does not start, see $folder/dockerd.log"
}

stop() {
    [ -f "$pid" ] || return 0
    kill "$(cat "$pid")" 2>/dev/null
    for _ in $(seq 60); do
        [ -f "$pid" ] || break
        sleep 0.5
    done
}

case $action in
    start) start ;;
    stop) stop ;;
    *) echo "usage: tests/engine.sh start|stop FOLDER" >&2; exit 2 ;;
esac
