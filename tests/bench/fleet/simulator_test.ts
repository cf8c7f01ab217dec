import { assert, assertEquals, assertRejects } from "@std/assert";
import { collectors } from "../../../src/collectors/registry.ts";
import { systemClock } from "../../../src/domain/clock.ts";
import type { Facts } from "../../../src/domain/facts.ts";
import { openSession } from "../../../src/postgres/session.ts";
import { readServer } from "../../../src/scrape/read_server.ts";
import { positionStatement } from "../../../src/scrape/position_sample.ts";
import { server as configOf } from "../../fixtures/targets.ts";
import { QUIET, SimulatedFleet } from "./fleet.ts";
import { normalizeStatement, readRecording, RECORD, recordedMajors, SAMPLES } from "./recording.ts";
import type { FleetServer } from "./simulator.ts";

const limits = { statementTimeoutSeconds: 10, lockTimeoutSeconds: 10, readTextFile: Deno.readTextFile };

/** Reads a server of a fleet as the exporter does. */
async function read({ name, address, port }: FleetServer): Promise<Facts> {
  const config = configOf(name, { host: address, port });
  const signal = AbortSignal.timeout(30_000);
  const session = await openSession(config.target, { ...limits, server: name, signal });
  try {
    const results = await readServer(session, {
      server: config,
      collectors,
      clock: systemClock,
      signal,
      known: null,
    });
    assertEquals(results.flatMap(({ error }) => error ?? []), []);
    const facts: Facts = Object.assign({}, ...results.map((result) => result.facts));
    await session.query(positionStatement(facts).sql, { signal });
    return facts;
  } finally {
    await session.close(signal);
  }
}

Deno.test(`every statement is recorded as it is now; otherwise run ${RECORD}`, async () => {
  const majors = await recordedMajors();
  assert(majors.length > 0);
  for (const major of majors) {
    const recorded = new Set((await readRecording(major)).statements.map(({ sql }) => sql));
    for (const { name, statements, applies } of collectors) {
      // The recorded clusters have no logical replication: nothing of it is sent.
      if (applies !== undefined) continue;
      const statement = statements.find(({ from = 0, until = Infinity }) =>
        from <= major * 10000 && major * 10000 < until
      );
      if (statement === undefined) continue;
      assert(recorded.has(normalizeStatement(statement.sql)), `${name}, PostgreSQL ${major}: run ${RECORD}`);
    }
    for (const [name, { sql }] of SAMPLES) {
      assert(recorded.has(normalizeStatement(sql)), `${name}, PostgreSQL ${major}: run ${RECORD}`);
    }
  }
});

Deno.test("a simulated primary and its standbys are a cluster that moves", async () => {
  await using fleet = await SimulatedFleet.start({ ...QUIET, clusters: 2, otherSlots: 3 });
  const [primary, standby, , other] = fleet.servers;
  assert(primary !== undefined && standby !== undefined && other !== undefined);
  const [before, follower, stranger] = [await read(primary), await read(standby), await read(other)];
  assertEquals(before.server?.[0]?.inRecovery, false);
  assertEquals(before.senders?.map(({ applicationName }) => applicationName), ["c0_n1", "c0_n2"]);
  assertEquals(before.slots?.length, 5);
  assertEquals(follower.server?.[0]?.inRecovery, true);
  assertEquals(follower.receiver?.[0]?.slot, "c0_n1");
  assertEquals(follower.receiver?.[0]?.senderHost, primary.address);
  assertEquals(follower.server?.[0]?.systemIdentifier, before.server?.[0]?.systemIdentifier);
  assert(stranger.server?.[0]?.systemIdentifier !== before.server?.[0]?.systemIdentifier);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const after = await read(primary);
  assert((after.server?.[0]?.writePosition ?? 0n) > (before.server?.[0]?.writePosition ?? 0n), "WAL grows");

  await fleet.set([standby], "refusing");
  await assertRejects(() => read(standby));
  assertEquals((await read(primary)).senders?.length, 1);
  await fleet.set([standby], "up");
  assertEquals((await read(primary)).senders?.length, 2);
});

Deno.test("a statement that is not recorded fails loudly", async () => {
  await using fleet = await SimulatedFleet.start({ ...QUIET, clusters: 1 });
  const [{ address, port } = { address: "", port: 0 }] = fleet.servers;
  const signal = AbortSignal.timeout(30_000);
  const session = await openSession(configOf("c0_n0", { host: address, port }).target, {
    ...limits,
    server: "c0_n0",
    signal,
  });
  await assertRejects(() => session.query("SELECT 2", { signal }), Error, RECORD);
  await session.close(signal);
  await assertRejects(() => fleet.count(), Error, RECORD);
});
