#!/bin/sh
# Two daemons with spools of their own look at one directory of task files: each file must be taken by one of them.
# Builds openloom, drops COUNT files (1000 if none is given), waits until all are taken, and counts. Exits 0 only if no
# file was taken twice and none was left. No agent is needed: the tasks stay in new/, and all is removed at the end.
set -eu
cd "$(dirname "$0")/.."
count=${1:-1000}
swift build --product openloom >/dev/null
openloom=$(swift build --show-bin-path)/openloom
root=$(mktemp -d)
pids=
trap 'kill $pids 2>/dev/null || true; wait; rm -rf "$root"' EXIT
mkdir -p "$root/share/in" "$root/work"
number=0
while [ "$number" -lt "$count" ]; do
    printf '# Task %s\n\nDo it.\n' "$number" >"$root/share/in/$number.md"
    number=$((number + 1))
done
for name in one two; do
    mkdir -p "$root/$name"
    cat >"$root/$name/config.yaml" <<END
spool: {path: $root/$name/spool}
server: {port: 0}
opencode: {url: "http://127.0.0.1:1"}
inbox: {settle_s: 0.1}
connectors: {share: {url: "file://$root/share", inbox: in, workspace: $root/work, poll_interval_s: 0.2}}
END
    HOME=$root/$name "$openloom" serve --config "$root/$name/config.yaml" >"$root/$name/log" 2>&1 &
    pids="$pids $!"
done
taken() { for name in one two; do ls "$root/$name/spool/new" 2>/dev/null || true; done; }
started=$(date +%s)
while [ "$(taken | wc -l)" -lt "$count" ]; do
    if [ $(($(date +%s) - started)) -gt 600 ]; then
        echo "not all were taken within ten minutes" >&2
        exit 1
    fi
    sleep 0.5
done
# Whoever takes one too many does so in the next looks.
sleep 3
seconds=$(($(date +%s) - started))
for name in one two; do echo "$name took $(ls "$root/$name/spool/new" | wc -l)"; done
twice=$(cat "$root"/*/spool/new/*/remote.json | grep -o '"path": "[^"]*"' | sort | uniq -d | wc -l)
all=$(taken | wc -l)
echo "$all tasks of $count files in $seconds s, $twice of them twice"
[ "$all" = "$count" ] && [ "$twice" = 0 ]
