#!/usr/bin/env bash
# The state of replication on both servers, with psql only: every INTERVAL seconds, or once with --once.
#   ./monitor.sh [--once]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

show() {
  date -u '+%Y-%m-%d %H:%M:%S UTC'
  echo "Primary $PRIMARY_HOST:$PRIMARY_PORT"
  primary "SELECT '  position ' || pg_current_wal_lsn()" || echo "  unreachable"
  primary "SELECT '  standby ' || application_name || ': ' || coalesce(state, '?') || ', ' || coalesce(sync_state, '?')
             || ', ' || coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::text, '?') || ' bytes behind'
           FROM pg_stat_replication ORDER BY application_name" || true
  primary "SELECT '  slot ' || slot_name || ': ' || CASE WHEN active THEN 'active' ELSE 'NOT ACTIVE' END || ', keeps '
             || coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::text, '?') || ' bytes'
           FROM pg_replication_slots ORDER BY slot_name" || true
  echo "Standby $STANDBY_HOST:$STANDBY_PORT"
  standby "SELECT '  received ' || coalesce(pg_last_wal_receive_lsn()::text, '?') || ', replayed '
             || coalesce(pg_last_wal_replay_lsn()::text, '?')
             || CASE WHEN NOT pg_is_in_recovery() THEN ', NOT IN RECOVERY' ELSE '' END" || echo "  unreachable"
  standby "SELECT '  receiver ' || coalesce(max(status), 'NONE') FROM pg_stat_wal_receiver" || true
}

if [[ ${1:-} == --once ]]; then
  show
  exit 0
fi
[[ $# -eq 0 ]] || fail "Unexpected argument: expected nothing or --once"
while true; do
  show
  echo
  sleep "${INTERVAL:-5}"
done
