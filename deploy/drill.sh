#!/usr/bin/env bash
# The drill: back up the running system, restore the copy into a scratch database and folder, prove it whole, clean up.
# The installation itself is only read. Exit 0: the copy of a moment ago can be restored.
#   DRILL_DATABASE_URL=postgres://tinhso:…@127.0.0.1:5432/tinhso_drill deploy/drill.sh /var/backups/tinhso
# DRILL_DATABASE_URL names a database of its own, existing and empty; leave it out on SQLite.
set -euo pipefail
folder=${1:?"folder of the backups"}
tinhso=${TINHSO_BIN:-tinhso}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

began=$(date +%s)
"$tinhso" backup "$folder"
copy=$(find "$folder" -mindepth 1 -maxdepth 1 -type d -name '*Z' | sort | tail -n 1)
backed_up=$(date +%s)
export TINHSO_HOME=$scratch
if [ -n "${DRILL_DATABASE_URL:-}" ]; then
    export TINHSO_DATABASE_URL=$DRILL_DATABASE_URL
else
    unset TINHSO_DATABASE_URL
fi
"$tinhso" restore "$copy"
echo "Sao lưu $((backed_up - began)) s, khôi phục và kiểm tra $(( $(date +%s) - backed_up )) s."
