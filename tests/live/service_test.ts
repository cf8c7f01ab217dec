import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { assertTrueLag, makeLag, now } from "./lag_truth.ts";
import { inTime, reasonToSkip, until } from "./support.ts";
import { valueOf, watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;

/** Whether a promise has settled. */
function watchEnd(promise: Promise<unknown>): { readonly isSettled: boolean } {
  const end = { isSettled: false };
  const settle = () => {
    end.isSettled = true;
  };
  promise.then(settle, settle);
  return end;
}

/** Waits until all servers but one have been read after a moment. */
async function untilOthersAreRead(
  { service }: Watching,
  { but, clock }: { readonly but: string; readonly clock: FakeClock },
): Promise<void> {
  const askedAt = clock.monotonic();
  await until("the others to have answered", async () => {
    await clock.advance(0.0001); // a view of the same moment would not be derived again
    const others = service.view({ maxAgeSeconds: 0 })?.servers.filter(({ server }) => server !== but) ?? [];
    return others.length > 0 && others.every(({ readAt }) => readAt !== null && readAt >= askedAt);
  });
}

Deno.test({ name: "CollectionService on a real cluster", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 2, cascade: true, load: 10 });
  const { primary } = cluster;
  const standby = cluster.server("standby");

  await t.step("a collection is one round trip per server on one open connection", async () => {
    const proxies = cluster.servers.map((server) => ({ name: server.name, proxy: cluster.proxyTo(server) }));
    const ports = Object.fromEntries(proxies.map(({ name, proxy }) => [name, proxy.port]));
    // Samples between collections are round trips too, but none is due while the clock stands still.
    const clock = new FakeClock();
    await using watching = watchCluster(cluster, { ports, clock, collect: { maxAgeSeconds: 0 } });
    const { service } = watching;
    await inTime("the first scrape", service.scrape());
    // No answer overtakes a request of its pipeline.
    for (const { proxy } of proxies) proxy.delay(0.1);
    const counts = () =>
      proxies.map(({ proxy }) => proxy.connections.reduce((sum, one) => sum + one.roundTrips, 0));
    const before = counts();
    const scrapes = 5;
    for (let scrape = 0; scrape < scrapes; scrape++) {
      await clock.advance(0.01);
      await inTime("a scrape", service.scrape());
    }
    assertEquals(counts().map((count, index) => count - (before[index] ?? 0)), [scrapes, scrapes, scrapes]);
    assertEquals(proxies.map(({ proxy }) => proxy.connections.length), [1, 1, 1]);
  });

  await t.step("concurrent scrapes share one collection", async () => {
    const proxy = cluster.proxyTo(standby);
    const clock = new FakeClock();
    await using watching = watchCluster(cluster, {
      ports: { standby: proxy.port },
      clock,
      collect: { maxAgeSeconds: 0 },
    });
    const { service } = watching;
    await inTime("the first scrape", service.scrape());
    proxy.delay(0.1);
    const trips = () => proxy.connections.reduce((sum, one) => sum + one.roundTrips, 0);
    const before = trips();
    await clock.advance(0.01);
    const scrapes = Promise.all(Array.from({ length: 50 }, () => service.scrape()));
    const answers = await inTime("the scrapes", scrapes);
    assertEquals(trips() - before, 1, "one collection");
    assert(answers.every((families) => families === answers[0]), "they share one answer");
  });

  await t.step("the lag of a standby is up to date within seconds, even with rare collections", async () => {
    await using watching = watchCluster(cluster, {
      // Short, because it detects a frozen server.
      collect: { intervalSeconds: 600, deadlineSeconds: 2 },
    });
    const { service } = watching;
    const lagOfStandby = () =>
      service.view()?.servers.find(({ server }) => server === "standby")?.lag?.seconds ?? null;
    await until("it has caught up", () => Promise.resolve((lagOfStandby() ?? 9) < 1.5));
    await cluster.faults.pauseReplay(standby);
    await until("its lag grows", () => Promise.resolve((lagOfStandby() ?? 0) > 3));
    await cluster.faults.resumeReplay(standby);
    await until("it has caught up again", () => Promise.resolve((lagOfStandby() ?? 9) < 1.5));
    await cluster.faults.freeze(standby);
    await until("a frozen one is noticed", () => Promise.resolve(service.view()?.servers[1]?.up === false));
    await cluster.faults.thaw(standby);
  });

  await t.step("a server that is down at the start is retried and appears", async () => {
    await cluster.faults.stop(standby);
    await using watching = watchCluster(cluster);
    const down = await watching.service.scrape();
    assertEquals(valueOf(down, "pgrepl_up", { instance: "standby" }), 0);
    assertEquals(valueOf(down, "pgrepl_up", { instance: "primary" }), 1);
    assertEquals(valueOf(down, "pg_replication_health_score", { instance: "standby" }), 0);
    await cluster.faults.start(standby);
    await until(
      "the standby is seen",
      async () => valueOf(await watching.service.scrape(), "pgrepl_up", { instance: "standby" }) === 1,
    );
    assertEquals(
      // A slowly starting server may be reported as starting.
      watching.lines.filter(({ fields }) => fields.kind !== "starting").map(({ message }) => message)
        .filter((message) => /server|Server/.test(message) && message !== "Watching server"),
      ["Cannot reach server", "Server is reachable again"],
    );
    await cluster.untilStreaming();
  });

  await t.step(
    "a frozen server costs one deadline, then nothing; the others stay fresh; it comes back",
    async () => {
      const clock = new FakeClock();
      await using watching = watchCluster(cluster, {
        clock,
        collect: { maxAgeSeconds: 0, intervalSeconds: 100, deadlineSeconds: 60 },
        sampleSeconds: 100,
      });
      const { service } = watching;
      await inTime("the first scrape", service.scrape());
      await cluster.faults.freeze(standby);
      try {
        await clock.advance(1);
        const scrape = service.scrape();
        const waits = watchEnd(scrape);
        await untilOthersAreRead(watching, { but: "standby", clock });
        assertEquals(waits.isSettled, false, "a server that was well is waited for");
        await clock.advance(60);
        const first = await inTime("the scrape that met the frozen server", scrape);
        assertEquals(valueOf(first, "pgrepl_up", { instance: "standby" }), 0);
        for (let turn = 0; turn < 10; turn++) {
          await clock.advance(0.2);
          // The clock stands still, so a response means that it does not wait for the frozen server.
          const families = await inTime("a scrape beside a frozen server", service.scrape());
          for (const instance of ["primary", "standby2"]) {
            assertEquals(valueOf(families, "pgrepl_up", { instance }), 1);
            assertEquals(valueOf(families, "pgrepl_collection_age_seconds", { instance }), 0);
          }
          assertEquals(valueOf(families, "pgrepl_up", { instance: "standby" }), 0);
        }
      } finally {
        await cluster.faults.thaw(standby);
      }
      await until("the standby is back", async () => {
        await clock.advance(1);
        return valueOf(await service.scrape(), "pgrepl_up", { instance: "standby" }) === 1;
      }, { seconds: 60 });
    },
  );

  await t.step("a small budget is respected and the rest is published", async () => {
    const proxy = cluster.proxyTo(standby);
    const clock = new FakeClock();
    await using watching = watchCluster(cluster, {
      ports: { standby: proxy.port },
      clock,
      collect: { maxAgeSeconds: 0 },
    });
    const { service } = watching;
    await inTime("the first scrape", service.scrape());
    await proxy.stall();
    await clock.advance(0.5);
    const scrape = service.scrape({ budgetSeconds: 0.2 });
    const waits = watchEnd(scrape);
    await untilOthersAreRead(watching, { but: "standby", clock });
    assertEquals(waits.isSettled, false, "the budget is used");
    await clock.advance(0.2);
    const families = await inTime("the scrape whose budget is spent", scrape);
    for (const instance of ["primary", "standby2"]) {
      assertEquals(valueOf(families, "pgrepl_up", { instance }), 1);
      assertLess(valueOf(families, "pgrepl_collection_age_seconds", { instance }) ?? Infinity, 0.5);
    }
    assertGreater(valueOf(families, "pgrepl_collection_age_seconds", { instance: "standby" }) ?? 0, 0.5);
    await proxy.heal();
  });

  await t.step(
    "a login without rights gets skipped outcomes and one line with the GRANT, never zeros",
    async () => {
      await using watching = watchCluster(cluster, { user: "plain" });
      const families = await watching.service.scrape();
      const skipped = { instance: "primary", collector: "senders", outcome: "skipped" };
      assertEquals(valueOf(families, "pgrepl_collector_outcome", skipped), 1);
      for (const name of ["pgrepl_sender_lag_bytes", "pgrepl_sender_state", "pgrepl_wal_directory_bytes"]) {
        assertEquals(valueOf(families, name, { instance: "primary" }), undefined, name);
      }
      for (const name of ["pg_wal_senders", "pg_replication_connections"]) {
        assertEquals(valueOf(families, name, { instance: "primary" }), undefined, name);
      }
      const grants = watching.lines.filter(({ message }) => message.includes("GRANT"));
      assertEquals(grants.map(({ fields }) => fields.server).sort(), ["primary", "standby", "standby2"]);
      for (const { message } of grants) assertMatch(message, /GRANT pg_monitor TO plain$/);
    },
  );

  await t.step("lag is 0 on an idle primary, grows when the link is cut, and returns to 0", async () => {
    await cluster.setLoad(0);
    await cluster.untilCaughtUp();
    await using watching = watchCluster(cluster, { collect: { maxAgeSeconds: 0, intervalSeconds: 600 } });
    const lag = async () =>
      valueOf(await watching.service.scrape(), "pg_replication_lag_seconds", { instance: "standby" });
    await until("lag is 0", async () => await lag() === 0);
    // Idle and disconnected: nothing is missing, so there is no lag. WAL that PostgreSQL writes by itself some seconds
    // after a load must not interfere: then it is tried again.
    let idle: number | undefined;
    await until("the link to be cut while nothing is missing", async () => {
      await cluster.faults.cutLink(standby);
      idle = await lag();
      const [written, replayed] = await Promise.all([
        primary.text("SELECT pg_current_wal_lsn()"),
        standby.text("SELECT pg_last_wal_replay_lsn()"),
      ]);
      if (written === replayed) return true;
      await cluster.faults.healLink(standby);
      await cluster.untilCaughtUp();
      return false;
    });
    assertEquals(idle, 0);
    await cluster.faults.healLink(standby);
    const onset = await makeLag(cluster, {
      standby,
      stop: () => cluster.faults.cutLink(standby),
      readPrimary: () => watching.service.scrape(),
    });
    await until("lag to grow", async () => (await lag() ?? 0) > 2);
    const askedAt = now();
    assertTrueLag(onset, { lag: await lag(), askedAt, answeredAt: now() });
    await cluster.faults.healLink(standby);
    await until("lag is 0 again", async () => await lag() === 0);
  });

  await t.step(
    "roles are right within one collection after a promotion, on the same connection",
    async () => {
      // No collection is due in the background: one that started before the promotion would be joined.
      await using watching = watchCluster(cluster, {
        collect: { maxAgeSeconds: 0, intervalSeconds: 600 },
        sampleSeconds: 600,
      });
      await watching.service.scrape();
      await cluster.faults.promote(standby);
      const families = await watching.service.scrape();
      assertEquals(valueOf(families, "pgrepl_role", { instance: "standby", role: "primary" }), 1);
      assertEquals(valueOf(families, "pgrepl_timeline", { instance: "standby" }), 2);
      assertEquals(valueOf(families, "pgrepl_connects_total", { instance: "standby" }), 1);
      const failed = families.find(({ name }) => name === "pgrepl_collector_outcome")?.samples
        .filter(({ labels, value }) => labels.outcome === "failed" && value === 1);
      assertEquals(failed, []);
    },
  );
});
