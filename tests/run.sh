#!/usr/bin/env bash
# Runs the tests of the workspace and counts them.
#
#   tests/run.sh fast   all but packages e2e and florin-sim
#   tests/run.sh all    all; package e2e finds the binary in FLORIN_BIN
#
# Uses cargo-nextest where it is present, else `cargo test`. The last line is "N passed, N failed";
# the exit code is 0 only when something ran, nothing failed, and every runner ended well. A runner
# that ends badly without naming a failed test (it did not compile, it crashed) counts as one failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2

scope=${1:-}
case $scope in
    fast | all) ;;
    *)
        echo "usage: tests/run.sh fast|all" >&2
        exit 2
        ;;
esac

cargo=${CARGO:-cargo}
log=$(mktemp) || exit 2
trap 'rm -f "$log"' EXIT
passed=0
failed=0
broken=0

# Sums "<number> <word>" over the lines of the log that match a pattern.
sum() { # pattern word...
    local pattern=$1
    shift
    grep -E "$pattern" "$log" | awk -v words="$*" '
        BEGIN { n = split(words, w, ","); for (i = 1; i <= n; i++) wanted[w[i]] = 1 }
        { gsub(/[(),.;:]/, " "); for (i = 2; i <= NF; i++) if ($i in wanted) {
            number = $(i - 1); word = $i; if (number ~ /^[0-9]+$/) total += number } }
        END { print total + 0 }'
}

# Runs a command, shows its output, and adds its counts.
count() { # summary-pattern failed-words command...
    local pattern=$1 failed_words=$2 status good bad
    shift 2
    echo "\$ $*"
    "$@" 2>&1 | tee "$log"
    status=${PIPESTATUS[0]}
    good=$(sum "$pattern" passed)
    bad=$(sum "$pattern" "$failed_words")
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        echo "tests/run.sh: '$*' ended with $status without naming a failed test"
        bad=1
    fi
    [ "$status" -eq 0 ] || broken=1
    passed=$((passed + good))
    failed=$((failed + bad))
}

# Alerts are judged by Prometheus' own tool, where this machine has it (Debian: prometheus).
rules() {
    if command -v promtool >/dev/null; then
        promtool check rules deploy/prometheus/alerts.yml &&
            promtool test rules deploy/prometheus/alerts.test.yml || failed=$((failed + 1))
    else
        echo 'skipped: promtool is not here, so the alerts of deploy/prometheus are not judged'
    fi
}

rules

# Containers need an engine; Debian's own client comes first, since others may lack what builds images.
if [ "$scope" = all ]; then
    engine=${CARGO_TARGET_DIR:-target}/engine
    trap 'rm -f "$log"; tests/engine.sh stop "$engine"' EXIT
    tests/engine.sh start "$engine"
    PATH=/usr/bin:$PATH
fi

# The simulation's tests are built apart: features are joined over one cargo call, and no other test
# may run with planted bugs in reach (docs/adr/0034-simulation.md).
simulation=(--workspace --features florin-sim/planted --test seeds --test planted --test misconduct
    --test halted --test quarantines --test upgrades)

libtest='^test result: '
nextest='^ *Summary \['

if "$cargo" nextest --version >/dev/null 2>&1; then
    profile=default
    [ "$scope" = all ] && profile=all
    # Its summary counts apart what failed, what timed out, and what could not start (exec).
    count "$nextest" failed,timed,exec \
        "$cargo" nextest run --workspace --profile "$profile" --no-fail-fast --color never
    # nextest runs no examples of the documentation.
    count "$libtest" failed "$cargo" test --workspace --doc --no-fail-fast --color never
    if [ "$scope" = all ]; then
        count "$nextest" failed,timed,exec \
            "$cargo" nextest run "${simulation[@]}" --profile all --no-fail-fast --color never
    fi
elif [ "$scope" = fast ]; then
    count "$libtest" failed \
        "$cargo" test --workspace --exclude e2e --no-fail-fast --color never -- --skip _soak
else
    count "$libtest" failed \
        "$cargo" test --workspace --no-fail-fast --color never -- --skip _soak
    count "$libtest" failed \
        "$cargo" test "${simulation[@]}" --no-fail-fast --color never
fi

if [ $((passed + failed)) -eq 0 ]; then
    echo "tests/run.sh: no test ran"
    broken=1
fi
[ "$failed" -eq 0 ] || broken=1
echo "$passed passed, $failed failed"
exit "$broken"
