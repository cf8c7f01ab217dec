import { decodeLsn, requireText } from "../postgres/decode.ts";
import { type Collector, defineCollector } from "./collector.ts";

/**
 * Reads how far each subscription has applied, in the publisher's WAL. Every subscription has a replication origin, `pg_` and
 * its OID. No predefined role may execute the function: without a `GRANT` there is no statement.
 */
export const origins: Collector<"origins"> = defineCollector({
  name: "origins",
  help: "Replication origins: how far each subscription has applied",
  roles: ["primary"],
  applies: ({ hasSubscriptions, canReadOrigins }) => hasSubscriptions === true && canReadOrigins === true,
  // Before 14 it is for superusers alone, whatever is granted.
  sql: [{
    from: 140000,
    sql: `
SELECT pg_catalog.substr(external_id, 4) AS subscription, remote_lsn
FROM pg_catalog.pg_show_replication_origin_status()
WHERE external_id ~ '^pg_[0-9]+$'`,
  }],
  decode: (row) => ({
    subscription: requireText(row, "subscription"),
    remotePosition: decodeLsn(row, "remote_lsn"),
  }),
  families: {},
});
