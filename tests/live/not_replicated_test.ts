import { majorsOr } from "../chaos/majors.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CATALOGUE_CHECKS } from "../../src/cluster/findings/catalogues.ts";
import { subscriptionGapsOf } from "../../src/cluster/logical/subscription_gaps.ts";
import { startLogicalPair } from "./logical_pair.ts";
import { PUBLISHED, PUBLISHED_SINCE_15 } from "./published_tables.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";
import { configOf, valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;
const DATABASE = 'Büro "x" y';
const QUICK = { collect: { intervalSeconds: 0.5, maxAgeSeconds: 0 }, databasesSeconds: 1 };

for (const major of majorsOr(18)) {
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
          assertEquals(service.view()?.subscriptions.map(({ fact }) => fact.tables), [{ r: 1 }]);
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

for (const major of majorsOr(13, 18)) {
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
          `replica_identity_missing primary postgres: database "postgres": public.bare, public.bare1, public.deferred, public.no_key; ${
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
