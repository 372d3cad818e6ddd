#!/bin/bash
# Whether the process of this container says that it is ready: the HEALTHCHECK of the image.
#
# FLORIN_READY is host:port of the listener that serves /readyz: a validator's or an observer's
# ledger port, a gateway's API. It is this container's own, so its certificate says nothing further.
set -euo pipefail

address=${FLORIN_READY:?FLORIN_READY is not set: host:port of the listener that serves /readyz}
exec curl --silent --show-error --insecure --fail-with-body --max-time 4 "https://$address/readyz"
