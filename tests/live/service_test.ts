import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { systemClock } from "../../src/domain/clock.ts";
import { reasonToSkip, until } from "./support.ts";
import { valueOf, watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null;

Deno.test({ name: "CollectionService on a real cluster", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 2, cascade: true, load: 10 });
  const { primary } = cluster;
  const standby = cluster.server("standby");

  await t.step("a collection is one round trip per server on one kept connection", async () => {
    const proxies = cluster.servers.map((server) => ({ name: server.name, proxy: cluster.proxyTo(server) }));
    const ports = Object.fromEntries(proxies.map(({ name, proxy }) => [name, proxy.port]));
    await using watching = watchCluster(cluster, { ports, collect: { maxAgeSeconds: 0 } });
    await watching.service.scrape();
    // The ticks are round trips too; between two of them is room for some scrapes.
    const counts = () =>
      proxies.map(({ proxy }) => proxy.connections.reduce((sum, one) => sum + one.roundTrips, 0));
    const before = counts();
    const scrapes = 5;
    for (let scrape = 0; scrape < scrapes; scrape++) await watching.service.scrape();
    const trips = counts().map((count, index) => count - (before[index] ?? 0));
    assert(
      trips.every((each) => each === scrapes || each === scrapes + 1),
      `${trips} for ${scrapes} scrapes`,
    );
    assertEquals(proxies.map(({ proxy }) => proxy.connections.length), [1, 1, 1]);
  });

  await t.step("scrapes that come together share one collection", async () => {
    const proxy = cluster.proxyTo(standby);
    await using watching = watchCluster(cluster, {
      ports: { standby: proxy.port },
      collect: { maxAgeSeconds: 0 },
    });
    await watching.service.scrape();
    const trips = () => proxy.connections.reduce((sum, one) => sum + one.roundTrips, 0);
    const before = trips();
    const answers = await Promise.all(Array.from({ length: 50 }, () => watching.service.scrape()));
    assert(trips() - before <= 2, "one collection, and a tick at most");
    assert(answers.every((families) => families === answers[0]), "they share one answer");
  });

  await t.step("the lag of a standby follows within seconds, however seldom it is collected", async () => {
    await using watching = watchCluster(cluster, { collect: { intervalSeconds: 600 } });
    const { service } = watching;
    const lagOfStandby = () => service.view()?.lags.get("standby")?.seconds ?? null;
    await until("it has caught up", () => Promise.resolve((lagOfStandby() ?? 9) < 1.5));
    await cluster.faults.pauseReplay(standby);
    await until("its lag grows", () => Promise.resolve((lagOfStandby() ?? 0) > 3));
    await cluster.faults.resumeReplay(standby);
    await until("it has caught up again", () => Promise.resolve((lagOfStandby() ?? 9) < 1.5));
    await cluster.faults.freeze(standby);
    await until("a frozen one is noticed", () => Promise.resolve(service.view()?.servers[1]?.up === false));
    await cluster.faults.thaw(standby);
  });

  await t.step("a server that is down at start is retried and appears", async () => {
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
      watching.lines.map(({ message }) => message).filter((message) => /server|Server/.test(message)).filter((
        message,
      ) => message !== "Watching server"),
      ["Cannot reach server", "Server is back"],
    );
    await cluster.untilStreaming();
  });

  await t.step(
    "a frozen server costs one deadline, then nothing; the others stay fresh; it comes back",
    async () => {
      await using watching = watchCluster(cluster, { collect: { maxAgeSeconds: 0, deadlineSeconds: 0.5 } });
      await watching.service.scrape();
      await cluster.faults.freeze(standby);
      try {
        const startedAt = systemClock.monotonic();
        const first = await watching.service.scrape();
        assertLess(systemClock.monotonic() - startedAt, 0.9);
        assertEquals(valueOf(first, "pgrepl_up", { instance: "standby" }), 0);
        for (let scrape = 0; scrape < 10; scrape++) {
          const askedAt = systemClock.monotonic();
          const families = await watching.service.scrape();
          assertLess(systemClock.monotonic() - askedAt, 0.3);
          assertLess(
            valueOf(families, "pgrepl_collection_age_seconds", { instance: "primary" }) ?? Infinity,
            0.3,
          );
          assertEquals(valueOf(families, "pgrepl_up", { instance: "standby" }), 0);
        }
      } finally {
        await cluster.faults.thaw(standby);
      }
      await until(
        "the standby is back",
        async () => valueOf(await watching.service.scrape(), "pgrepl_up", { instance: "standby" }) === 1,
      );
    },
  );

  await t.step("a small budget is kept and the rest is published", async () => {
    const proxy = cluster.proxyTo(standby);
    await using watching = watchCluster(cluster, {
      ports: { standby: proxy.port },
      collect: { maxAgeSeconds: 0 },
    });
    await watching.service.scrape();
    proxy.stall();
    const askedAt = systemClock.monotonic();
    const families = await watching.service.scrape({ budgetSeconds: 0.2 });
    assertLess(systemClock.monotonic() - askedAt, 0.6);
    assertEquals(valueOf(families, "pgrepl_up", { instance: "primary" }), 1);
    assertGreater(valueOf(families, "pgrepl_collection_age_seconds", { instance: "standby" }) ?? 0, 0.15);
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
    await using watching = watchCluster(cluster, { collect: { maxAgeSeconds: 0 } });
    const lag = async () =>
      valueOf(await watching.service.scrape(), "pg_replication_lag_seconds", { instance: "standby" });
    await until("lag is 0", async () => await lag() === 0);
    cluster.faults.cutLink(standby);
    // Idle and cut: nothing is missing, so nothing lags.
    assertEquals(await lag(), 0);
    const wroteAt = systemClock.monotonic();
    await primary.sql("INSERT INTO test_data (data) VALUES ('not there yet')");
    await until("2 s have passed", () => Promise.resolve(systemClock.monotonic() - wroteAt > 2));
    const seen = await lag() ?? 0;
    const truth = systemClock.monotonic() - wroteAt;
    assertLess(Math.abs(seen - truth), 1.2, `${seen} s, in truth ${truth} s`);
    cluster.faults.healLink(standby);
    await until("lag is 0 again", async () => await lag() === 0);
  });

  await t.step(
    "roles are right within one collection after a promotion, on the same connection",
    async () => {
      await using watching = watchCluster(cluster, { collect: { maxAgeSeconds: 0 } });
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
