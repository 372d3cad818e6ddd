#!/usr/bin/env bash
# Asks every operation of every process of a running network what its OpenAPI allows, and what it
# does not, then by hand what no description can say (hostile.py).
#
#   tests/fuzz/run.sh [FOLDER]     FOLDER of `florin demo --keep --out FOLDER`; without it one is
#                                  started with FLORIN_BIN (bin/florin if not set) and ended
#
# FUZZ_EXAMPLES  requests per operation and phase (50)
# FUZZ_PYTHON    a Python with tests/fuzz/requirements.txt (python3)
# FUZZ_SEED      of schemathesis; printed by it
# FUZZ_ONLY      processes to ask, separated by blanks: "bank-a treasury"
#
# Prints `skipped: no schemathesis` and ends well where that is not installed. Exit code 1: a finding.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${FUZZ_PYTHON:-python3}

if ! "$python" -c 'import schemathesis, cryptography' 2>/dev/null; then
    echo 'skipped: no schemathesis (pip install -r tests/fuzz/requirements.txt, outside the checkout)'
    exit 0
fi

network=${1:-}
demo=
kept=
if [ -z "$network" ]; then
    kept=$(mktemp -d) || exit 2
    network=$kept/network
    "${FLORIN_BIN:-$root/bin/florin}" demo --keep --out "$network" >"$kept/demo.log" 2>&1 &
    demo=$!
    trap 'kill -INT "$demo" 2>/dev/null; wait "$demo" 2>/dev/null; rm -rf "$kept"' EXIT
    for _ in $(seq 300); do
        grep -q 'running; end with Ctrl-C' "$kept/demo.log" && break
        kill -0 "$demo" 2>/dev/null || { cat "$kept/demo.log"; exit 2; }
        sleep 1
    done
    grep -q 'running; end with Ctrl-C' "$kept/demo.log" || { cat "$kept/demo.log"; exit 2; }
fi

export PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 FUZZ_NETWORK=$network SCHEMATHESIS_HOOKS=hooks
checks=not_a_server_error,status_code_conformance,content_type_conformance
checks+=,response_headers_conformance,response_schema_conformance,unsupported_method
checks+=,allow_header_conformance,described_problem
failed=0
scratch=$(mktemp -d) || exit 2
cd "$scratch" || exit 2

list='
import network, sys
for process in network.processes(sys.argv[1]):
    print(process.name, process.surface, process.url, network.DOCUMENTS[process.surface])
'
"$python" -c "$list" "$network" >processes || exit 2
while read -r name surface url document <&3; do
    case " ${FUZZ_ONLY:-$name} " in *" $name "*) ;; *) continue ;; esac
    echo "== $name: $surface at $url"
    FUZZ_PROCESS=$name FUZZ_SURFACE=$surface "$python" -m schemathesis.cli run "$document" \
        --url "$url" --phases examples,coverage,fuzzing --max-examples "${FUZZ_EXAMPLES:-50}" \
        --checks "$checks" \
        --continue-on-failure --request-timeout 60 --warnings off --no-color \
        --generation-database none --suppress-health-check all \
        ${FUZZ_SEED:+--seed "$FUZZ_SEED"} || failed=1
done 3<processes

echo '== by hand'
"$python" "$here/hostile.py" "$network" || failed=1
cd "$root" && rm -rf "$scratch"
exit "$failed"
