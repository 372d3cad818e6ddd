#!/usr/bin/env bash
# One signed request in the network of compose.yaml, as one of its people or core systems.
#
#   florin-call CLIENT METHOD PROCESS PATH [OPTION...]
#   florin-call bank-a-core GET bank-a /v1/accounts
#
# CLIENT is a folder below `clients`, PROCESS a name of public/servers.json, which says where it is and
# by which key it is known; further options are those of `florin call`.
set -euo pipefail

root=${NETWORK_ROOT:-/network}
client=${1:?usage: florin-call CLIENT METHOD PROCESS PATH [OPTION...]}
method=${2:?METHOD is missing: GET, POST...}
process=${3:?PROCESS is missing: a name of $root/public/servers.json}
path=${4:?PATH is missing, as in /v1/accounts}
shift 4

server() { # field
    jq -er --arg process "$process" --arg field "$1" '.[$process][$field]' "$root/public/servers.json" ||
        { echo "florin-call: $root/public/servers.json knows no $process" >&2; exit 2; }
}

url=$(server url)
key=$(server key)
exec florin call "$method" "$url$path" --key "$root/clients/$client/transport.key" --server-key "$key" "$@"
