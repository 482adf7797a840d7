#!/bin/sh
# The whole test suite, from a fresh clone: installs what is missing, builds everything, runs every test.
# Exits 0 only if every test passed and none was skipped. Arguments go to `swift test`.
set -eu
cd "$(dirname "$0")/.."
. contrib/dependencies.sh
# shellcheck disable=SC2086
openloom_install $openloom_build_packages curl python3 python3-docx python3-requests rclone rsync nodejs strace tzdata chromium chromium-driver fonts-inter

echo "Building openloom and its tests (the first time takes several minutes) ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Also checks that no source imports a module that Package.swift does not give to its target.
swift build --build-tests --explicit-target-dependency-import-check error >"$log" 2>&1 || { cat "$log"; exit 1; }

status=0

# $1: the dialect of the simulated OpenCode server; the rest: arguments for `swift test`.
run() {
    OPENLOOM_TEST_WIRE=$1
    export OPENLOOM_TEST_WIRE
    shift
    swift test --skip-build "$@" 2>&1 | tee "$log" || status=1
    # A pipe hides the left side's status from sh; the summary line does not.
    grep -q 'Test run with .* passed' "$log" || status=1
    if grep -Eq 'Test .* skipped|[1-9][0-9]* skipped' "$log"; then
        echo "a test was skipped: none may be" >&2
        status=1
    fi
}

# The end-to-end tests start programs and wait for them; the others must not wait beside them for a thread. All of
# them, but the browser's, are run against a simulated OpenCode 1, and then against a simulated OpenCode 2.
run 1 --skip EndToEndTests "$@"
run 1 --filter EndToEndTests --skip DashboardTests "$@"
run 2 --filter EndToEndTests --skip DashboardTests "$@"
# The dashboard in a browser, which has the machine to itself.
run 1 --filter DashboardTests "$@"
# Some of the recipes of spool-layout.md once more, with the tree looked at on a timer instead of by inotify.
OPENLOOM_TEST_WATCH=timer
export OPENLOOM_TEST_WATCH
run 1 --filter 'SpoolRecipeTests.(submitted|held|answered|endForced)_' "$@"
[ "$status" = 0 ] && echo "All tests passed." || echo "Some tests failed: see above." >&2
exit "$status"
