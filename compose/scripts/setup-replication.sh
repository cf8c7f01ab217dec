#!/usr/bin/env bash
# Prepares a running primary for a standby and the exporter: roles, slot, test table. May be run again.
#   REPLICATOR_PASSWORD=... MONITOR_PASSWORD=... ./setup-replication.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
source "$here/common.sh"
export REPLICATOR_PASSWORD=${REPLICATOR_PASSWORD:?set it to the password for role replicator}
export MONITOR_PASSWORD=${MONITOR_PASSWORD:?set it to the password for role monitor}
export SLOT_NAME=${SLOT_NAME:-standby_slot}

[[ $(primary "SELECT pg_is_in_recovery()") == f ]] || fail "$PRIMARY_HOST:$PRIMARY_PORT is a standby, not a primary"
[[ $(primary "SHOW wal_level") != minimal ]] ||
  fail "wal_level is minimal: ALTER SYSTEM SET wal_level = 'replica'; then restart the primary"

psql --no-psqlrc --no-password --quiet --host="$PRIMARY_HOST" --port="$PRIMARY_PORT" --username="$POSTGRES_USER" \
  --dbname="$POSTGRES_DB" --file="$here/replication.sql" >/dev/null

echo "Ready: roles replicator and monitor, slot $SLOT_NAME, table test_data."
echo "Next, add this line to pg_hba.conf on the primary,"
echo "  host replication replicator STANDBY_ADDRESS scram-sha-256"
echo "and copy the primary into an empty data directory on the standby's host:"
echo "  pg_basebackup -h $PRIMARY_HOST -p $PRIMARY_PORT -U replicator -D DATADIR -R -S $SLOT_NAME"
