#!/bin/sh
# Turns an empty data directory into a standby, then runs the server with the given arguments.
set -eu

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA"
  echo "Copying the primary $PRIMARY_HOST:$PRIMARY_PORT into $PGDATA"
  tries=0
  until PGPASSWORD=$REPLICATOR_PASSWORD pg_basebackup --no-password --checkpoint=fast --wal-method=stream \
    --host="$PRIMARY_HOST" --port="$PRIMARY_PORT" --username=replicator --pgdata="$PGDATA" \
    --write-recovery-conf --slot="$SLOT_NAME"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 30 ]; then
      echo "Cannot copy the primary" >&2
      exit 1
    fi
    rm -rf "${PGDATA:?}"/*
    sleep 2
  done
  # The name of this standby on the primary.
  echo "cluster_name = 'standby'" >> "$PGDATA/postgresql.auto.conf"
fi

exec "$@"
