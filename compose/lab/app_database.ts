/** The database that the lab publishes: names, tables and what is written to them. */
import type { LoadTarget } from "./load.ts";

/** The database that is published, on both sides. */
export const DATABASE = "app";
/** The publication, of all published tables. */
export const PUBLICATION = "app_pub";
/** The subscription, and its slot. */
export const SUBSCRIPTION = "app_sub";
/** The slot of the consumer of change data capture. */
export const CDC_SLOT = "cdc";
/** The tables of the publication. */
export const TABLES = ["customers", "orders", "payments"] as const;

/** The tables of both sides; `noise` is in no publication, as some table of every application. */
export const SCHEMA = `
  CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, changed_at timestamptz DEFAULT now());
  CREATE TABLE orders (id bigserial PRIMARY KEY, customer_id int NOT NULL, created_at timestamptz DEFAULT now());
  CREATE TABLE payments (id bigserial PRIMARY KEY, order_id bigint NOT NULL, amount numeric(12, 2) NOT NULL);
  CREATE TABLE noise (id bigserial PRIMARY KEY, data text);
  ALTER TABLE noise ALTER data SET STORAGE EXTERNAL;
  GRANT SELECT ON ALL TABLES IN SCHEMA public TO monitor, replicator;
  ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO monitor, replicator;
`;

/** The rows that are copied first. */
export const CUSTOMERS =
  "INSERT INTO customers (id, name) SELECT n, 'customer ' || n FROM generate_series(1, 1000) n";

/** Each row is an order; every batch also changes customers and records payments. */
export const LOAD: LoadTarget = {
  database: DATABASE,
  statement: (rows) => `
    WITH ordered AS (
      INSERT INTO orders (customer_id) SELECT 1 + (random() * 999)::int FROM generate_series(1, ${rows})
      RETURNING id, customer_id
    ), paid AS (
      INSERT INTO payments (order_id, amount) SELECT id, 100 * random() FROM ordered WHERE id % 2 = 0
    )
    UPDATE customers SET changed_at = now() WHERE id IN (SELECT customer_id FROM ordered LIMIT 1)`,
};

/** Rows of 2.5 kB that are not published. */
export const NOISE: LoadTarget = {
  database: DATABASE,
  statement: (rows) =>
    `INSERT INTO noise (data) SELECT repeat(md5(n::text), 80) FROM generate_series(1, ${rows}) n`,
};
