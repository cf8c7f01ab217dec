/** What a server is asked between collections, by a role that may not use every function. */
import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { Secret } from "../../src/config/secret.ts";
import { openSession } from "../../src/postgres/session.ts";
import { queryPermitted } from "../../src/scrape/permitted_query.ts";
import { type PositionReading, positionStatement } from "../../src/scrape/position_sample.ts";
import { sender, server, subscription, subscriptionSlot } from "../cluster/fixtures.ts";
import { target } from "../fixtures/targets.ts";
import { reasonToSkip, type Server, until } from "./support.ts";

const ignore = reasonToSkip() !== null;
const majors = Deno.env.get("PGREPL_TEST_MAJORS")?.split(",").map(Number) ?? [15];

const PRIMARY = { server: [server()], senders: [sender()] };
const STANDBY = { server: [server({ inRecovery: true })] };
/** Every column that a statement may have. */
const ALL = { slots: [subscriptionSlot()], subscriptions: [subscription()] };

for (const major of majors) {
  Deno.test({ name: `a sample without a revoked function, on PostgreSQL ${major}`, ignore }, async () => {
    await using cluster = await startCluster({ major });
    await cluster.untilCaughtUp();
    const { primary, standbys: [standby] } = cluster;
    assert(standby !== undefined);
    const { signal } = new AbortController();
    const read = async (where: Server, facts: Parameters<typeof positionStatement>[0]) => {
      const session = await openSession(
        target({ port: where.port, password: new Secret(cluster.passwords.monitor) }),
        {
          server: where.name,
          signal,
          statementTimeoutSeconds: 20,
          lockTimeoutSeconds: 1,
          readTextFile: Deno.readTextFile,
        },
      );
      try {
        const { sql, decode } = positionStatement(facts);
        const { rows } = await queryPermitted(session, sql, {
          signal,
          user: "monitor",
          needs: ["pg_is_in_recovery"],
        });
        return decode(rows);
      } finally {
        await session.close(signal);
      }
    };
    /** What is known of a sample: whether each value is there. */
    const known = ({ position, replayed, reported, links }: PositionReading) => ({
      position: position !== null,
      replayed: replayed !== null,
      reported: reported.size,
      links: links.split(" ").map((each) => /\d/.test(each)),
    });
    const both = async () =>
      [
        await read(primary, PRIMARY),
        await read(primary, { ...PRIMARY, ...ALL }),
        await read(standby, STANDBY),
      ].map(known);
    const [atPrimary, withAll, atStandby] = [
      { position: true, replayed: false, reported: 1, links: [true] },
      { position: true, replayed: false, reported: 1, links: [true, false] },
      { position: true, replayed: true, reported: 0, links: [true, false] },
    ];
    const without = {
      pg_stat_get_wal_senders: [
        { ...atPrimary, reported: 0, links: [false] },
        { ...withAll, reported: 0, links: [false, false] },
        atStandby,
      ],
      pg_stat_get_wal_receiver: [atPrimary, withAll, { ...atStandby, links: [false, false] }],
      pg_last_wal_replay_lsn: [atPrimary, withAll, { ...atStandby, replayed: false }],
      pg_last_wal_receive_lsn: [atPrimary, withAll, atStandby],
      pg_current_wal_lsn: [{ ...atPrimary, position: false }, { ...withAll, position: false }, atStandby],
      pg_get_replication_slots: [atPrimary, withAll, atStandby],
      array_to_string: [atPrimary, withAll, atStandby],
    };
    assertEquals(await both(), [atPrimary, withAll, atStandby]);
    for (const [name, expected] of Object.entries(without)) {
      const objects = await primary.sql(
        `SELECT proname || '(' || oidvectortypes(proargtypes) || ')' AS what FROM pg_proc WHERE proname = '${name}'`,
      );
      const change = async (words: (what: unknown) => string) => {
        for (const { what } of objects) await primary.sql(words(what));
        await cluster.untilCaughtUp();
      };
      await change((what) => `REVOKE EXECUTE ON FUNCTION pg_catalog.${what} FROM PUBLIC`);
      assertEquals(await both(), expected, name);
      await change((what) => `GRANT EXECUTE ON FUNCTION pg_catalog.${what} TO PUBLIC`);
    }
    await standby.stop();
    await until("the sender to end", async () => {
      return await primary.text("SELECT count(*) FROM pg_stat_replication") === "0";
    });
    assertEquals(known(await read(primary, PRIMARY)), { ...atPrimary, reported: 0, links: [false] });
  });
}
