#!/usr/bin/env bash
# The second verifier, in Python: reads every pinned value and file, then changes each file everywhere,
# then files forged here, each with what the text says of it.
#
#   ledger-core/verifier/tests/python/run.sh
#
# PYTHON        python3 if not set; 3.11 or later
# FLORIN_CACHE  where packages are kept, outside the checkout ($HOME/.cache/florin-python)
# FLORIN_BIN    the binary `florin`: it is asked too, and must agree
# FLORIN_STEP   which of the changes are shown to it: each twentieth if not set
#
# Prints `skipped: ...` and ends well without Python or its packages. Exit code 1: a finding.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
core=$(cd "$here/../../.." && pwd)
python=${PYTHON:-python3}
export PYTHONDONTWRITEBYTECODE=1

if ! "$python" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo 'skipped: no Python 3.11 with venv'
    exit 0
fi
packages=$(sha256sum "$here/requirements.txt" | cut -c1-16)
folder=${FLORIN_CACHE:-$HOME/.cache/florin-python}/$packages
if [ ! -e "$folder/complete" ]; then
    mkdir -p "$folder" || exit 1
    if ! { "$python" -m venv "$folder" &&
        "$folder/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: \
            -r "$here/requirements.txt"; } >"$folder.log" 2>&1; then
        echo "skipped: no packages (see $folder.log)"
        exit 0
    fi
    touch "$folder/complete"
fi

python=$folder/bin/python
vectors=$core/verifier/tests/vectors
failed=0
echo '== pinned values'
"$python" "$here/vectors.py" "$core/.." || failed=1
echo '== pinned files'
files=()
for file in "$vectors"/*.json; do
    [ "$file" = "$vectors/genesis.json" ] || files+=("$file")
done
packs=$core/../settlement-api/interbank/tests/vectors/packs
"$python" "$here/verify.py" --trust "$vectors/genesis.json" "${files[@]}" "$packs"/p*.json || failed=1
echo '== changed files'
"$python" "$here/changes.py" "$vectors" || failed=1
# Each check of a pack takes its members' certificates and keys: fewer bytes of it are changed.
"$python" "$here/changes.py" "$packs" --every 97 || failed=1
echo '== forged files'
"$python" "$here/cases.py" || failed=1
exit "$failed"
