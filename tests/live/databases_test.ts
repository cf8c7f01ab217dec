import { majorsOr } from "../chaos/majors.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { Secret } from "../../src/config/secret.ts";
import { readDatabase } from "../../src/databases/read_database.ts";
import { systemClock } from "../../src/domain/clock.ts";
import { PostgresError } from "../../src/postgres/errors.ts";
import { target } from "../fixtures/targets.ts";
import { PUBLISHED, PUBLISHED_SINCE_15 } from "./published_tables.ts";
import { reasonToSkip } from "./support.ts";

const ignore = reasonToSkip() !== null;
const DATABASE = 'Büro "x" y';

/** What the server says itself, with a lock on every table. */
const THEIRS =
  `SELECT string_agg(DISTINCT pubname || ' ' || quote_ident(schemaname) || '.' || quote_ident(tablename),
  E'\\n') FROM pg_publication_tables`;

for (const major of majorsOr(13, 18)) {
  Deno.test(
    { name: `databases: what is published, as the server resolves it (${major})`, ignore },
    async (t) => {
      await using cluster = await startCluster({ major, standbys: 0, settings: { wal_level: "logical" } });
      const { primary } = cluster;
      await primary.sql(PUBLISHED);
      if (major >= 15) await primary.sql(PUBLISHED_SINCE_15);
      await primary.sql("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO monitor");
      const read = (database = "postgres") =>
        readDatabase(
          {
            name: "primary",
            cluster: "",
            target: target({
              host: "127.0.0.1",
              port: primary.port,
              user: "monitor",
              password: new Secret(cluster.passwords.monitor),
            }),
          },
          database,
          {
            clock: systemClock,
            random: Math.random,
            readTextFile: Deno.readTextFile,
            signal: AbortSignal.timeout(60_000),
          },
        );

      await t.step("the same tables as in pg_publication_tables", async () => {
        const { publications } = await read();
        const ours = publications.flatMap(({ name, tables }) =>
          tables.map(({ table }) => `${name} ${table}`)
        );
        assertEquals(ours.toSorted(), (await primary.text(THEIRS) ?? "").split("\n").toSorted());
        assertEquals(
          publications.map(({ name, hasAllTables, viaRoot }) => [name, hasAllTables, viaRoot]).slice(0, 3),
          [
            ["p_all", true, false],
            ["p_all_root", true, true],
            ["p_leaf", false, false],
          ],
        );
        assertEquals(publications.find(({ name }) => name === "p_leaf")?.actions, ["insert"]);
        const lists = publications.filter(({ name }) => name.startsWith("p_list")).flatMap(({ tables }) =>
          tables.map(({ table, columns, hasRowFilter }) => [table, columns, hasRowFilter])
        );
        assertEquals(
          lists.toSorted(),
          major < 15 ? [] : [
            ["public.a", ["id", "c"], true],
            ["public.whole", null, true],
            ["s.pt", ["id", "k"], true],
          ],
        );
      });

      await t.step("their keys, and whether they can be updated", async () => {
        const { tables } = await read();
        const keys = [...tables.values()].map(({ table, identity, key }) => [table, identity, key.join()]);
        assertEquals(keys.toSorted(), [
          ['T "q"', "index", "u"],
          ["a", "default", "id"],
          ["bare", "default", ""],
          ["bare1", "default", ""],
          ["deferred", "default", ""],
          ["inner_key", "default", ""],
          ["inner_key1", "full", ""],
          ["no_key", "default", ""],
          ["pt", "default", "id,k"],
          ["pt1", "default", "id,k"],
          ["pt21", "default", "id,k"],
          ["test_data", "default", "id"],
          ["whole", "full", ""],
        ]);
        const partitioned = [...tables.values()].filter(({ isPartitioned }) => isPartitioned);
        assertEquals(partitioned.map((each) => [each.table, each.hasIdentifiedPartitions]).toSorted(), [
          ["bare", false],
          ["inner_key", true],
          ["pt", true],
        ]);
        assertEquals(tables.get("public.a")?.columns.map((each) => [each.name, each.type, each.generated]), [
          ["id", "integer", ""],
          ["b", "text", ""],
          ["c", "numeric(10,2)", ""],
          ["g", "integer", "stored"],
        ]);
      });

      await t.step("nothing waits for a lock on a table", async () => {
        await using locker = primary.connect("postgres");
        await locker.query("BEGIN; LOCK TABLE a, no_key, s.pt, pt21 IN ACCESS EXCLUSIVE MODE");
        const { tables, sequences } = await read();
        assertEquals([tables.size, sequences?.length], [13, 1]);
        await locker.query("ROLLBACK");
      });

      await t.step("a locked sequence is not waited for", async () => {
        await using locker = primary.connect("postgres");
        await locker.query("BEGIN; DROP SEQUENCE test_data_id_seq CASCADE");
        assertEquals((await read()).sequences, null);
        await locker.query("ROLLBACK");
        assertEquals((await read()).sequences?.map(({ sequence }) => sequence), ["public.test_data_id_seq"]);
      });

      await t.step("a thousand tables with fifteen columns", async () => {
        const columns = "bcdefghijklmno".split("").map((name) => `${name} text`).join(", ");
        await primary.sql(
          `DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE many_%s (id int PRIMARY KEY, ${columns})', i);
        END LOOP; END $$`,
        );
        const { tables, isPartial } = await read();
        assertEquals([tables.size, isPartial], [1013, false]);
      });

      await t.step("a database that is gone or forbidden is an error in words", async () => {
        const failure = async (database: string) => {
          const error = await read(database).then(() => null, (thrown: unknown) => thrown);
          assert(error instanceof PostgresError, String(error));
          return error.message;
        };
        assertMatch(await failure("nope"), /database "nope" does not exist/);
        await primary.sql(`CREATE DATABASE "Büro ""x"" y"`);
        await primary.sql(`REVOKE CONNECT ON DATABASE "Büro ""x"" y" FROM PUBLIC`);
        assertStringIncludes(await failure(DATABASE), 'GRANT CONNECT ON DATABASE "Büro ""x"" y" TO monitor');
      });
    },
  );
}
