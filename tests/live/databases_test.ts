import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { CATALOGUE_CHECKS } from "../../src/cluster/findings/catalogues.ts";
import { subscriptionGapsOf } from "../../src/cluster/logical/subscription_gaps.ts";
import { Secret } from "../../src/config/secret.ts";
import { readDatabase } from "../../src/databases/read_database.ts";
import { systemClock } from "../../src/domain/clock.ts";
import { PostgresError } from "../../src/postgres/errors.ts";
import { target } from "../fixtures/targets.ts";
import { startLogicalPair } from "./logical_pair.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";
import { configOf, valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;
const DATABASE = 'Büro "x" y';
const QUICK = { collect: { intervalSeconds: 0.5, maxAgeSeconds: 0 }, databasesSeconds: 1 };

/** Every way to publish a table. */
const PUBLISHED = `
  CREATE SCHEMA s; CREATE SCHEMA "S ä";
  CREATE TABLE a (id int PRIMARY KEY, b text, c numeric(10,2) NOT NULL, g int GENERATED ALWAYS AS (id * 2) STORED);
  CREATE TABLE no_key (x int);
  CREATE UNLOGGED TABLE unlogged (x int);
  CREATE TABLE s.pt (id int, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (id);
  CREATE TABLE s.pt1 PARTITION OF s.pt FOR VALUES FROM (0) TO (10);
  CREATE TABLE s.pt2 PARTITION OF s.pt FOR VALUES FROM (10) TO (20) PARTITION BY LIST (k);
  CREATE TABLE pt21 PARTITION OF s.pt2 FOR VALUES IN (1);
  CREATE TABLE "S ä"."T ""q""" (id int, u int NOT NULL);
  CREATE UNIQUE INDEX tq ON "S ä"."T ""q""" (u);
  ALTER TABLE "S ä"."T ""q""" REPLICA IDENTITY USING INDEX tq;
  CREATE TABLE deferred (id int PRIMARY KEY DEFERRABLE);
  CREATE TABLE whole (id int); ALTER TABLE whole REPLICA IDENTITY FULL;
  CREATE PUBLICATION p_all FOR ALL TABLES;
  CREATE PUBLICATION p_all_root FOR ALL TABLES WITH (publish_via_partition_root = true);
  CREATE PUBLICATION p_part FOR TABLE s.pt, a;
  CREATE PUBLICATION p_part_root FOR TABLE s.pt, s.pt1, pt21 WITH (publish_via_partition_root);
  CREATE PUBLICATION p_leaf FOR TABLE s.pt, s.pt1, no_key WITH (publish = 'insert');
  CREATE PUBLICATION p_none;`;

const PUBLISHED_SINCE_15 = `
  CREATE PUBLICATION p_schema FOR TABLES IN SCHEMA s;
  CREATE PUBLICATION p_schema_root FOR TABLES IN SCHEMA s, public WITH (publish_via_partition_root);
  CREATE PUBLICATION p_schema_and_table FOR TABLES IN SCHEMA public, TABLE s.pt1;
  CREATE PUBLICATION p_list FOR TABLE a (id, c) WHERE (id > 5), whole WHERE (id > 1);
  CREATE PUBLICATION p_list_root FOR TABLE s.pt (id, k) WHERE (id > 3) WITH (publish_via_partition_root);`;

/** What the server says itself, with a lock on every table. */
const THEIRS =
  `SELECT string_agg(DISTINCT pubname || ' ' || quote_ident(schemaname) || '.' || quote_ident(tablename),
  E'\\n') FROM pg_publication_tables`;

for (const major of [13, 15, 17, 18]) {
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
          ["deferred", "default", ""],
          ["no_key", "default", ""],
          ["pt", "default", "id,k"],
          ["pt1", "default", "id,k"],
          ["pt21", "default", "id,k"],
          ["test_data", "default", "id"],
          ["whole", "full", ""],
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
        const { durationSeconds, tables, sequences } = await read();
        assertEquals([durationSeconds < 5, tables.size, sequences?.length], [true, 9, 1]);
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
        const { tables, isPartial, durationSeconds } = await read();
        assertEquals([tables.size, isPartial], [1009, false]);
        assert(durationSeconds < 5, `${durationSeconds} s`);
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

for (const major of [15, 18]) {
  Deno.test(
    { name: `databases: both sides of a subscription are compared (${major})`, ignore },
    async (t) => {
      await using pair = await startLogicalPair({ major, standbys: 0 });
      const { publisher, subscriber } = pair;
      for (const each of [publisher.primary, subscriber]) await each.sql('CREATE DATABASE "Büro ""x"" y"');
      const [pub, sub] = [publisher.primary.client(DATABASE), subscriber.client(DATABASE)];
      const both = async (sql: string) => {
        for (const each of [pub, sub]) await each.query(sql);
      };
      await both("CREATE TABLE t (id serial PRIMARY KEY, v text)");
      await both("GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO monitor");
      await pub.query('CREATE PUBLICATION "Pü b" FOR TABLE t');
      const conninfo = `host=127.0.0.1 port=${publisher.primary.port} user=postgres ` +
        `password=${publisher.passwords.postgres} dbname=''Büro "x" y''`;
      await sub.query(
        `CREATE SUBSCRIPTION follower CONNECTION '${conninfo}' PUBLICATION "Pü b" WITH (slot_name = 'follower_slot')`,
      );
      await using watching = watchCluster(publisher, QUICK);
      const { service } = watching;
      const found = (check: string) => service.view()?.findings.filter((each) => each.check === check) ?? [];
      const raised = async (check: string) => {
        await until(check, () => found(check).length > 0, { seconds: 60 });
        return found(check)[0];
      };
      const fine = (check: string) =>
        until(`the end of ${check}`, () => found(check).length === 0, { seconds: 60 });

      await t.step("what is read is published", async () => {
        await untilHolds("the table to be ready", async () => {
          const families = await service.scrape();
          const tables = { instance: "subscriber", subscription: "follower" };
          assertEquals(valueOf(families, "pgrepl_subscription_tables", { ...tables, state: "ready" }), 1);
          assertEquals(valueOf(families, "pgrepl_subscription_tables", { ...tables, state: "copying" }), 0);
          const publication = { instance: "primary", database: DATABASE, publication: "Pü b" };
          assertEquals(valueOf(families, "pgrepl_publication_tables", publication), 1);
          assertEquals(valueOf(families, "pgrepl_publication_tables_without_identity", publication), 0);
          assertEquals(
            valueOf(families, "pgrepl_database_read_success", { instance: "subscriber", database: DATABASE }),
            1,
          );
        });
        assertEquals(
          service.view()?.findings.filter(({ check }) => /table|publication|database/.test(check)),
          [],
        );
      });

      await t.step("no session stays", async () => {
        const sessions = `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '% databases'`;
        await until("none", async () => await subscriber.text(sessions) === "0");
      });

      await t.step("a table that the subscriber lacks, then one that it ignores", async () => {
        await pub.query('CREATE TABLE "New" (id int PRIMARY KEY); ALTER PUBLICATION "Pü b" ADD TABLE "New"');
        const missing = await raised("published_table_missing");
        assertStringIncludes(
          missing?.summary ?? "",
          '"subscriber" does not have one published table of "primary"',
        );
        assertStringIncludes(missing?.evidence ?? "", 'public."New"');
        await sub.query('CREATE TABLE "New" (id int PRIMARY KEY)');
        const ignored = await raised("table_not_subscribed");
        assertEquals(found("published_table_missing"), []);
        const command = /ALTER SUBSCRIPTION .*?;/.exec(ignored?.advice ?? "")?.[0] ?? "";
        assertEquals(command, "ALTER SUBSCRIPTION follower REFRESH PUBLICATION;");
        await sub.query(command);
        await fine("table_not_subscribed");
      });

      await t.step("a column that the subscriber lacks", async () => {
        await pub.query("ALTER TABLE t ADD COLUMN n numeric(8,2); INSERT INTO t (v, n) VALUES ('x', 1)");
        const { advice = "", severity } = await raised("table_columns_differ") ?? {};
        assertEquals(severity, "warning");
        await sub.query(/ALTER TABLE .*?;/.exec(advice)?.[0] ?? "");
        await fine("table_columns_differ");
        await until("the row", async () => await sub.text("SELECT n FROM t") === "1.00");
      });

      await t.step("sequences, and a table without a key", async () => {
        const { advice = "", severity } = await raised("sequences_behind") ?? {};
        assertEquals(severity, "info");
        await sub.query(/SELECT setval.*?;/.exec(advice)?.[0] ?? "");
        await fine("sequences_behind");
        await both("CREATE TABLE no_key (x int)");
        await pub.query('ALTER PUBLICATION "Pü b" ADD TABLE no_key');
        await sub.query("ALTER SUBSCRIPTION follower REFRESH PUBLICATION");
        const identity = await raised("replica_identity_missing");
        assertEquals([identity?.server, identity?.subject], ["primary", DATABASE]);
        await pub.query(/ALTER TABLE .*?;/.exec(identity?.advice ?? "")?.[0] ?? "");
        await fine("replica_identity_missing");
      });

      await t.step("a table that left the publication", async () => {
        await pub.query('ALTER PUBLICATION "Pü b" DROP TABLE no_key');
        const { advice = "" } = await raised("table_not_published") ?? {};
        await sub.query(/ALTER SUBSCRIPTION .*?;/.exec(advice)?.[0] ?? "");
        await fine("table_not_published");
      });

      await t.step("a renamed publication", async () => {
        await pub.query('ALTER PUBLICATION "Pü b" RENAME TO pc');
        const { advice = "" } = await raised("publication_missing") ?? {};
        await sub.query((/ALTER SUBSCRIPTION .*?;/.exec(advice)?.[0] ?? "").replace("NAME", "pc"));
        await fine("publication_missing");
        await pub.query("INSERT INTO t (v, n) VALUES ('y', 2)");
        await until("the row", async () => await sub.text("SELECT count(*) FROM t") === "2");
      });

      await t.step("a database that may not be read is reported, and what was read stays", async () => {
        await subscriber.sql(`REVOKE CONNECT ON DATABASE "Büro ""x"" y" FROM PUBLIC`);
        const { advice = "", severity } = await raised("database_not_read") ?? {};
        assertEquals(severity, "warning");
        const families = await service.scrape();
        const database = { instance: "subscriber", database: DATABASE };
        assertEquals(valueOf(families, "pgrepl_database_read_success", database), 0);
        assert((valueOf(families, "pgrepl_database_read_age_seconds", database) ?? 0) > 0);
        assertEquals(
          valueOf(families, "pgrepl_subscription_tables", {
            instance: "subscriber",
            subscription: "follower",
            state: "ready",
          }),
          2,
        );
        await subscriber.sql(/GRANT .*?;/.exec(advice)?.[0] ?? "");
        await fine("database_not_read");
      });
    },
  );
}

for (const major of [13, 15, 17, 18]) {
  Deno.test(
    { name: `databases: no way to publish a table raises anything on its own (${major})`, ignore },
    async (t) => {
      await using pair = await startLogicalPair({
        major,
        standbys: 0,
        settings: { max_replication_slots: "30", max_wal_senders: "30" },
      });
      const { publisher: { primary }, publisher, subscriber } = pair;
      const tables = PUBLISHED.replace(/\n {2}CREATE PUBLICATION .*/gs, "");
      const publications = (PUBLISHED + (major >= 15 ? PUBLISHED_SINCE_15 : "")).match(
        /CREATE PUBLICATION [^;]*;/g,
      );
      const names = publications?.map((sql) => sql.split(/[ ;]/)[2] ?? "") ?? [];
      for (const each of [primary, subscriber]) await each.sql(tables);
      for (const sql of publications ?? []) await primary.sql(sql);
      const subscriptions = [
        ...names,
        "p_part_root, p_leaf",
        ...major >= 15 ? ["p_list_root, p_schema"] : [],
      ];
      for (const [index, list] of subscriptions.entries()) {
        await subscriber.sql(
          `CREATE SUBSCRIPTION s${index} CONNECTION '${
            pair.conninfo(primary, "postgres")
          }' PUBLICATION ${list}
          WITH (enabled = false, copy_data = false)`,
        );
      }
      await using watching = watchCluster(publisher, QUICK);
      const { service } = watching;
      await until("all to be read", () => service.view()?.catalogues?.length === 2);

      await t.step("neither on its own nor with another", () => {
        const view = service.view();
        assertEquals(view === null ? 0 : subscriptionGapsOf(view).length, subscriptions.length);
        const found = view?.findings.filter(({ check }) => CATALOGUE_CHECKS.has(check)) ?? [];
        assertEquals(found.map((each) => `${each.check} ${each.server} ${each.subject}: ${each.evidence}`), [
          `replica_identity_missing primary postgres: database "postgres": public.deferred, public.no_key; ${
            found[0]?.evidence.split("; ")[1]
          }`,
        ]);
      });
    },
  );
}

Deno.test(
  { name: "databases: a reload keeps what was read, a server that goes loses it", ignore },
  async (t) => {
    await using pair = await startLogicalPair({ major: 18, standbys: 0 });
    const { publisher, subscriber } = pair;
    await using watching = watchCluster(publisher, { ...QUICK, databasesSeconds: 3600 });
    const { service } = watching;
    const read = () =>
      service.view()?.catalogues?.map(({ server, database }) => `${server} ${database}`) ?? [];
    const sessions = async () =>
      await Promise.all(
        [publisher.primary, subscriber].map((each) =>
          each.text("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE '% databases'")
        ),
      );
    const config = configOf(publisher, { ...QUICK, databasesSeconds: 3600 });

    await t.step("without a subscription nothing is read and published", async () => {
      await untilHolds("the servers to be read", () => assertEquals(service.view()?.servers.length, 2));
      await new Promise((resolve) => setTimeout(resolve, 2000));
      assertEquals([read(), await sessions()], [[], ["0", "0"]]);
      const families = await service.scrape();
      assertEquals(families.filter(({ name }) => /publication|database_read|subscription/.test(name)), []);
    });

    await t.step("with one, both databases are", async () => {
      await subscriber.sql(
        `CREATE SUBSCRIPTION follower CONNECTION '${
          pair.conninfo(publisher.primary, "postgres")
        }' PUBLICATION pb`,
      );
      await untilHolds("both", () => assertEquals(read(), ["primary postgres", "subscriber postgres"]));
    });

    await t.step("a reload keeps them", async () => {
      await service.reconfigure({ ...config, log: { level: "debug", format: "logfmt" } });
      assertEquals(read(), ["primary postgres", "subscriber postgres"]);
    });

    await t.step("a server that is no longer watched loses its own", async () => {
      await service.reconfigure({
        ...config,
        servers: config.servers.filter(({ name }) => name === "primary"),
      });
      assertEquals(read(), ["primary postgres"]);
    });

    await t.step("0 loses all", async () => {
      await service.reconfigure({ ...config, logical: { databasesIntervalSeconds: 0 } });
      await untilHolds("none", () => assertEquals(read(), []));
    });
  },
);
