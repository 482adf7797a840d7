#!/bin/sh
# From a fresh clone to finished work: installs what is missing, builds openloom, and runs `openloom demo`.
# A simulated OpenCode server stands in for the agent; no account and no language model is needed.
set -eu
cd "$(dirname "$0")/.."
. contrib/dependencies.sh
# shellcheck disable=SC2086
openloom_install $openloom_build_packages

echo "Building openloom (the first time takes a few minutes) ..."
log=$(mktemp)
swift build --product openloom >"$log" 2>&1 || { cat "$log"; rm -f "$log"; exit 1; }
rm -f "$log"
echo "Built $(swift build --show-bin-path)/openloom"
echo
exec "$(swift build --show-bin-path)/openloom" demo "$@"
