#!/bin/sh
# Runs once, when the primary's data directory is created: sets up replication and monitoring.
set -eu

psql --no-psqlrc --quiet --username=postgres --dbname=postgres --file="${REPLICATION_SQL:-/replication.sql}" >/dev/null
echo "host replication replicator all scram-sha-256" >> "$PGDATA/pg_hba.conf"
