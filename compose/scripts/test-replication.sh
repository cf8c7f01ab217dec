#!/usr/bin/env bash
# Tests replication: inserts a row on the primary, waits until the standby has it, and checks that the standby refuses
# writes. Removes the row at the end.
#   ./test-replication.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
patience_seconds=${PATIENCE_SECONDS:-10}

[[ $(primary "SELECT pg_is_in_recovery()") == f ]] || fail "$PRIMARY_HOST:$PRIMARY_PORT is not a primary"
[[ $(standby "SELECT pg_is_in_recovery()") == t ]] || fail "$STANDBY_HOST:$STANDBY_PORT is not a standby"

note="test $(date -u +%s) $$"
id=$(primary "INSERT INTO test_data (data) VALUES ('$note') RETURNING id")
trap 'primary "DELETE FROM test_data WHERE id = $id" >/dev/null' EXIT
echo "ok: row $id is on the primary"

deadline=$((SECONDS + patience_seconds))
until [[ $(standby "SELECT data FROM test_data WHERE id = $id") == "$note" ]]; do
  ((SECONDS < deadline)) || fail "row $id is not on the standby after $patience_seconds s"
  sleep 0.1
done
echo "ok: row $id is on the standby"

if said=$(standby "INSERT INTO test_data (data) VALUES ('must fail')" 2>&1); then
  fail "the standby accepted a write"
fi
[[ $said == *"read-only transaction"* ]] || fail "the standby refused the write for another reason: $said"
echo "ok: the standby refuses writes"
echo "Replication works."
