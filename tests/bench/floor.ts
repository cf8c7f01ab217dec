/**
 * The floor: the least program that asks servers for their position once a second, with our driver and its settings that
 * matter. What an exporter on this runtime needs beyond it is its own. Arguments: ports on 127.0.0.1.
 *
 * @module
 */
import postgres from "postgres";

const asText = {
  to: 25,
  from: [16, 17, 21, 23, 26, 114, 700, 701, 1082, 1114, 1184, 3802],
  serialize: (value: string) => value,
  parse: (value: string) => value,
};

const POSITION =
  "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END";

const sessions = Deno.args.map((port) =>
  postgres({
    host: "127.0.0.1",
    port: Number(port),
    user: Deno.env.get("PGUSER") ?? "",
    password: Deno.env.get("PGPASSWORD") ?? "",
    database: "postgres",
    ssl: false,
    max: 1,
    fetch_types: false,
    types: { asText },
    connection: { application_name: "floor" },
  })
);

async function ask(): Promise<void> {
  await Promise.all(sessions.map((sql) => sql.unsafe(POSITION, [], { prepare: true })));
}

await ask();
await Deno.stdout.write(new TextEncoder().encode("ready\n"));
setInterval(() => void ask(), 1000);
