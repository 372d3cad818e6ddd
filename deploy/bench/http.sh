#!/usr/bin/env bash
# Payments over HTTP as a core system sees them, on four validators and seven gateways on this machine:
# single JSON payments, signed, to verified proofs, at 1, 8 and 64 clients; one pain.001 of 10,000
# payments to its last ACSC. Then PostgreSQL with the same task (postgresql.sh).
#
#   deploy/bench/http.sh [PAYMENTS] [FILE_PAYMENTS]     default 1000 10000
#
# Needs `florin` (FLORIN_BIN, or bin/florin) and builds the example pay_rate.
set -euo pipefail

PAYMENTS=${1:-1000}
FILE_PAYMENTS=${2:-10000}
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
FLORIN=${FLORIN_BIN:-$ROOT/bin/florin}
cd "$ROOT"
cargo build --quiet --workspace --example pay_rate
RATE=${CARGO_TARGET_DIR:-$ROOT/target}/debug/examples/pay_rate

FOLDER=$(mktemp -d "${TMPDIR:-/tmp}/florin-http.XXXXXX")
"$FLORIN" demo --keep --out "$FOLDER/net" >"$FOLDER/demo.out" 2>"$FOLDER/demo.log" &
DEMO=$!
finish() {
  kill "$DEMO" 2>/dev/null || true
  wait "$DEMO" 2>/dev/null || true
  rm -rf "$FOLDER"
}
trap finish EXIT
until grep -q 'running; end with' "$FOLDER/demo.log" "$FOLDER/demo.out"; do
  kill -0 "$DEMO" || { cat "$FOLDER/demo.log" >&2; exit 1; }
  sleep 0.5
done
"$RATE" single "$FOLDER/net" $((PAYMENTS / 20 + 1)) 1
"$RATE" single "$FOLDER/net" "$PAYMENTS" 8
"$RATE" single "$FOLDER/net" "$PAYMENTS" 64
"$RATE" file "$FOLDER/net" "$FILE_PAYMENTS"
finish
trap - EXIT
"$ROOT/deploy/bench/postgresql.sh"
