-- Prepares a primary for a standby and the exporter: roles, slot, test table. May be run again.
-- REPLICATOR_PASSWORD, MONITOR_PASSWORD and SLOT_NAME come from the environment, so that arguments do not show them.
\set ON_ERROR_STOP on
\getenv replicator_password REPLICATOR_PASSWORD
\getenv monitor_password MONITOR_PASSWORD
\getenv slot SLOT_NAME

SELECT 'CREATE ROLE replicator WITH REPLICATION LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'replicator') \gexec
SELECT 'CREATE ROLE monitor WITH LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'monitor') \gexec
ALTER ROLE replicator PASSWORD :'replicator_password';
ALTER ROLE monitor PASSWORD :'monitor_password';
GRANT pg_monitor TO monitor;

SELECT pg_create_physical_replication_slot(:'slot', true)
WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :'slot');

CREATE TABLE IF NOT EXISTS test_data (
  id serial PRIMARY KEY,
  data text,
  created_at timestamptz DEFAULT now()
);
-- For the consistency check, which reads the table on both servers.
GRANT SELECT ON test_data TO monitor;
