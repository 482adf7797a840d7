#!/bin/sh
# The whole test suite, from a fresh clone: installs what is missing, builds everything, runs every test.
# Exits 0 only if every test passed and none was skipped. Arguments go to the tests, such as --filter NAME.
set -eu
cd "$(dirname "$0")/.."
. contrib/dependencies.sh
# shellcheck disable=SC2086
openloom_install $openloom_build_packages curl python3 python3-docx python3-requests python3-openssl python3-pyftpdlib python3-swift apache2-bin openssh-server openssl rclone rsync nodejs strace tzdata chromium chromium-driver fonts-inter

echo "Building openloom and its tests (the first time takes several minutes) ..."
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
# Also checks that no source imports a module that Package.swift does not give to its target.
swift build --build-tests --explicit-target-dependency-import-check error >"$log/build" 2>&1 || { cat "$log/build"; exit 1; }

tests=$(swift build --show-bin-path)/openloomPackageTests.xctest
status=0

# $1: a name for the run; $2: the dialect of the simulated OpenCode server; the rest: arguments for the tests.
# Fails unless every test passed and none was skipped.
run() (
    output=$log/$1
    OPENLOOM_TEST_WIRE=$2
    export OPENLOOM_TEST_WIRE
    shift 2
    failed=0
    # What `swift test --skip-build` starts; by that, two runs at the same time would wait for each other.
    "$tests" --testing-library swift-testing "$@" 2>&1 | tee "$output" || failed=1
    # A pipe hides the left side's status from sh; the summary line does not.
    grep -q 'Test run with .* passed' "$output" || failed=1
    if grep -Eq 'Test .* skipped|[1-9][0-9]* skipped' "$output"; then
        echo "a test was skipped: none may be" >&2
        failed=1
    fi
    exit "$failed"
)

# A test's time limit runs from its start: on two cores, hundreds that start at once would wait for each other meanwhile.
SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-24}
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH
# The end-to-end tests start programs and wait for them; the others must not wait beside them for a thread.
run unit 1 --skip EndToEndTests "$@" || status=1
# All of them, but the browser's, are run against a simulated OpenCode 1, and then against a simulated OpenCode 2. Suites
# called ...OnceTests are about what openloom does by itself, before and after an agent works, and are run once: no dialect
# of the agent's server can change their outcome.
run first 1 --filter EndToEndTests --skip DashboardTests "$@" || status=1
run second 2 --filter EndToEndTests --skip 'DashboardTests|OnceTests' "$@" || status=1
# The dashboard in a browser, which has the machine to itself.
run browser 1 --filter DashboardTests "$@" || status=1
# Some of the recipes of spool-layout.md once more, with the tree looked at on a timer instead of by inotify.
OPENLOOM_TEST_WATCH=timer
export OPENLOOM_TEST_WATCH
run timer 1 --filter 'SpoolRecipeTests.(submitted|held|answered|endForced)_' "$@" || status=1
[ "$status" = 0 ] && echo "All tests passed." || echo "Some tests failed: see above." >&2
exit "$status"
