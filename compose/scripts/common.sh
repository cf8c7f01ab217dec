# Sourced by the other scripts: the addresses of the servers. The defaults are those of compose.yaml; the variables are
# the classic ones of the exporter. Passwords come from PGPASSWORD or ~/.pgpass.

PRIMARY_HOST=${PRIMARY_HOST:-127.0.0.1}
PRIMARY_PORT=${PRIMARY_PORT:-5432}
STANDBY_HOST=${STANDBY_HOST:-127.0.0.1}
STANDBY_PORT=${STANDBY_PORT:-5433}
POSTGRES_DB=${POSTGRES_DB:-postgres}
POSTGRES_USER=${POSTGRES_USER:-postgres}
export PGCONNECT_TIMEOUT=${PGCONNECT_TIMEOUT:-5}

# ask HOST PORT SQL: prints the result unaligned; fails when the SQL fails.
ask() {
  psql --no-psqlrc --no-password --quiet --tuples-only --no-align --field-separator=' ' -v ON_ERROR_STOP=1 \
    --host="$1" --port="$2" --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --command="$3"
}

primary() { ask "$PRIMARY_HOST" "$PRIMARY_PORT" "$1"; }
standby() { ask "$STANDBY_HOST" "$STANDBY_PORT" "$1"; }

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
