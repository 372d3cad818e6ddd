#!/bin/bash
# Whether the process of this container says that it is ready: the HEALTHCHECK of the image.
#
# FLORIN_READY is host:port of the listener that serves /readyz: a validator's or an observer's
# ledger port, a gateway's API. Asks by bash alone, so that the image needs no client.
set -euo pipefail

address=${FLORIN_READY:?FLORIN_READY is not set: host:port of the listener that serves /readyz}
exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
printf 'GET /readyz HTTP/1.0\r\nhost: %s\r\n\r\n' "$address" >&3
answer=$(cat <&3)
echo "${answer##*$'\r\n\r\n'}"
[[ $answer == HTTP/1.?\ 200\ * ]]
