import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { DEFAULT_LIBPQ_SETTINGS } from "../../src/config/libpq_settings.ts";
import { systemClock } from "../../src/domain/clock.ts";
import type { View } from "../../src/domain/view.ts";
import { targetGroups } from "../../src/web/routes/service_discovery.ts";
import { forward, hasLoopback } from "./forwarder.ts";
import { type Cluster, reasonToSkip, type Server, until, untilHolds } from "./support.ts";
import { type LogLine, valueOf, watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null || !hasLoopback("127.0.0.2");

/** Allows connections from every loopback address on every server, because a promoted one is an upstream too. */
async function openAccess(cluster: Cluster): Promise<void> {
  for (const server of cluster.servers) {
    const rules = ["all", "replication"].map((database) =>
      `host ${database} all 127.0.0.0/8 scram-sha-256\n`
    );
    await Deno.writeTextFile(`${server.dataDir}/pg_hba.conf`, rules.join(""), { append: true });
    await server.sql("SELECT pg_reload_conf()");
  }
}

/** Makes a standby connect from an address, with the lab's conninfo except for the port. */
async function connectFrom(
  standby: Server,
  address: string,
  { cluster, name = standby.name }: { readonly cluster: Cluster; readonly name?: string },
) {
  const uplink = await forward({ listen: "127.0.0.1", from: address, to: () => cluster.primary.port });
  await standby.set(
    "primary_conninfo",
    `host=127.0.0.1 port=${uplink.port} user=replicator password=${cluster.passwords.replicator} ` +
      `application_name=${name}`,
  );
  await until(`${standby.name} to stream from ${address}`, async () =>
    await cluster.primary.text(
      `SELECT count(*) FROM pg_stat_replication WHERE client_addr = '${address}' AND state = 'streaming'`,
    ) === "1");
  return uplink;
}

/** The server as a separate host at an address, on the primary's port. */
function hostAt(
  address: string,
  { cluster, server }: { readonly cluster: Cluster; readonly server: Server },
) {
  return forward({
    listen: address,
    port: cluster.primary.port,
    from: "127.0.0.1",
    to: () => server.port,
  });
}

function namesOf(view: View | null): readonly string[] {
  return view?.servers.map(({ server }) => server) ?? [];
}

function messagesOf({ lines }: Watching, pattern: RegExp) {
  return lines.filter(({ message }) => pattern.test(message)).map(({ level, fields }) => [
    level,
    fields.server ?? fields.standby ?? null,
  ]);
}

async function untilWatched(watching: Watching, names: readonly string[]): Promise<void> {
  await until(`${names.join(", ")} to be watched`, () => {
    return Promise.resolve(namesOf(watching.service.view()).join() === names.join());
  });
}

const QUICK = { maxAgeSeconds: 0, intervalSeconds: 1 };

Deno.test({ name: "--discover-standbys with separate hosts", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 2, load: 20 });
  const [one, two] = [cluster.server("standby"), cluster.server("standby2")];
  await openAccess(cluster);
  const uplinkOne = await connectFrom(one, "127.0.0.2", { cluster });
  await using _one = uplinkOne;
  await using _hostOne = await hostAt("127.0.0.2", { cluster, server: one });
  await using watching = watchCluster(cluster, {
    only: ["primary"],
    discovery: {},
    collect: QUICK,
  });

  await t.step("a standby is discovered, watched under its name, and joined to its row", async () => {
    await untilWatched(watching, ["primary", "standby"]);
    await untilHolds("all to be known of it", async () => {
      const families = await watching.service.scrape();
      assertEquals(valueOf(families, "pgrepl_up", { instance: "standby" }), 1);
      assertEquals(valueOf(families, "pgrepl_role", { instance: "standby", role: "standby" }), 1);
      assertEquals(valueOf(families, "pgrepl_rejected_samples"), 0);
      const view = watching.service.view();
      assertEquals(view?.edges.map(({ upstream, downstream }) => `${upstream} > ${downstream}`).sort(), [
        "primary > standby",
        "primary > standby2",
      ]);
      assertEquals(view?.standbys.map(({ name, configured, connected }) => [name, configured, connected]), [
        ["standby", true, true],
        ["standby2", false, true],
      ]);
      assertLess(view?.servers.find(({ server }) => server === "standby")?.lag?.seconds ?? Infinity, 2);
      const status = view?.clusters[0];
      assertEquals([status?.expectedStandbys, status?.connectedStandbys], [1, 2]);
      const groups = view === null ? [] : targetGroups(view);
      assertEquals(groups.map(({ targets, labels }) => [targets[0], labels["__meta_pgrepl_server"]]), [
        [`127.0.0.1:${cluster.primary.port}`, "primary"],
        [`127.0.0.2:${cluster.primary.port}`, "standby"],
      ], "Prometheus is told of it too");
    });
    assertEquals(messagesOf(watching, /^Discovered a standby/), [["info", "standby"]]);
  });

  await t.step(
    "the port of one at the primary's address is unknown: nothing is tried, it is told",
    async () => {
      // standby2 connects from 127.0.0.1, the address of the primary itself.
      await untilHolds("it to be told", () => {
        assertEquals(messagesOf(watching, /discovered/), [["info", "standby2"]]);
        const found = watching.service.view()?.findings.filter(({ check }) => check === "not_discovered");
        assertEquals(
          found?.map(({ severity, server, evidence }) => [severity, server, evidence.split(":")[0]]),
          [
            ["info", "primary", "it connects from 127.0.0.1; Its port is unknown"],
          ],
        );
      });
      const isTried = ({ fields: { host, port } }: LogLine) =>
        host === "127.0.0.1" && port === cluster.primary.port;
      assert(!watching.lines.some(isTried));
    },
  );

  await t.step("an unreachable one is logged once and retried rarely; then another appears", async () => {
    await using silent = watchCluster(cluster, {
      only: ["primary"],
      discovery: {},
      collect: QUICK,
    });
    const uplink = await connectFrom(two, "127.0.0.3", { cluster });
    await using _two = uplink;
    const isLogged = ({ lines }: Watching) =>
      lines.filter(({ level, message, fields }) =>
        level === "info" && /^Cannot watch a discovered standby/.test(message) && fields.host === "127.0.0.3"
      ).length;
    await until("it is logged", () => Promise.resolve(isLogged(silent) > 0));
    await untilHolds("the other was found, too", () => {
      const view = silent.service.view();
      assertEquals(namesOf(view), ["primary", "standby"]);
      assertEquals(view?.standbys.map(({ name, connected }) => [name, connected]), [
        ["standby", true],
        ["standby2", true],
      ]);
    });
    // The other exporter has tried the address as well; otherwise it would find the standby there, and keep it.
    await until("the other exporter logs it, too", () => Promise.resolve(isLogged(watching) > 0));
    await using _hostTwo = await hostAt("127.0.0.3", { cluster, server: two });
    await using later = watchCluster(cluster, { only: ["primary"], discovery: {}, collect: QUICK });
    await until("all are watched", () => {
      return Promise.resolve(namesOf(later.service.view()).length === 3);
    });
    assertEquals([...namesOf(later.service.view())].sort(), ["primary", "standby", "standby2"]);
    assertEquals(isLogged(silent), 1);
  });

  await t.step("an address of the wrong standby is rejected by its slot", async () => {
    const uplink = await connectFrom(two, "127.0.0.4", { cluster });
    await using _two = uplink;
    // One that is not watched yet, so that only the slot identifies it.
    await using _wrong = await hostAt("127.0.0.4", { cluster, server: one });
    await using fresh = watchCluster(cluster, {
      only: ["primary"],
      discovery: {},
      collect: QUICK,
    });
    await until("the right one is watched", () => {
      return Promise.resolve(namesOf(fresh.service.view()).includes("standby"));
    });
    await until("the wrong one is dropped", () => {
      return Promise.resolve(
        fresh.lines.some(({ message, fields }) =>
          fields.host === "127.0.0.4" && /^(Cannot watch|Not watching)/.test(message)
        ),
      );
    });
    await untilWatched(fresh, ["primary", "standby"]);
  });

  await t.step("a lost one remains, disconnected, with its last position and growing lag", async () => {
    await untilWatched(watching, ["primary", "standby"]);
    // It had everything that the primary had at this reading, so its lag started then at the earliest.
    await watching.service.scrape();
    const primaryReadAt = watching.service.view()?.servers[0]?.readAt ?? Infinity;
    await cluster.untilCaughtUp(one);
    await watching.service.scrape();
    let mostTooMuch = -Infinity;
    await cluster.faults.kill(one);
    await until("it is lost", async () => {
      return valueOf(await watching.service.scrape(), "pgrepl_up", { instance: "standby" }) === 0;
    });
    await untilHolds("its lag grows", async () => {
      const families = await watching.service.scrape();
      assertEquals(valueOf(families, "pgrepl_standby_connected", { instance: "standby" }), 0);
      assertGreater(
        valueOf(families, "pgrepl_standby_last_position_bytes", { instance: "standby" }) ?? 0,
        0,
      );
      const lag = valueOf(families, "pgrepl_standby_lag_seconds", { instance: "standby" }) ?? 0;
      assertGreater(lag, 2);
      mostTooMuch = Math.max(mostTooMuch, lag - (systemClock.monotonic() - primaryReadAt));
      assertEquals(valueOf(families, "pgrepl_cluster_expected_standbys"), 1);
    });
    assertLess(mostTooMuch, 0.01, "it lags by no more than since it had everything");
  });

  await t.step(
    "back at another address, it is the same standby, and a failover to it is followed",
    async () => {
      await _hostOne[Symbol.asyncDispose]();
      await one.start();
      await uplinkOne[Symbol.asyncDispose]();
      await using _uplink = await connectFrom(one, "127.0.0.6", { cluster });
      await using _host = await hostAt("127.0.0.6", { cluster, server: one });
      await until("it is up again", async () => {
        return valueOf(await watching.service.scrape(), "pgrepl_up", { instance: "standby" }) === 1;
      });
      await untilHolds("it to have its place", () => {
        const view = watching.service.view();
        assertEquals(namesOf(view), ["primary", "standby"]);
        assertEquals(view?.servers[1]?.address?.host, "127.0.0.6");
      });

      await cluster.faults.promote(one);
      await until("a failover to it is followed, though nobody configured it", async () => {
        const role = { instance: "standby", role: "primary" };
        return valueOf(await watching.service.scrape(), "pgrepl_role", role) === 1 &&
          watching.service.view()?.clusters[0]?.primaries.includes("standby") === true;
      });
    },
  );
});

Deno.test(
  { name: "--discover-standbys with several hosts: the one it is connected to counts", ignore },
  async () => {
    await using cluster = await startCluster({ standbys: 1 });
    const [standby, { port }] = [cluster.server("standby"), cluster.primary];
    await openAccess(cluster);
    await using _uplink = await connectFrom(standby, "127.0.0.2", { cluster });
    await using _host = await hostAt("127.0.0.2", { cluster, server: standby });
    // The first host is a standby, so it is not this server that watches it.
    await using watching = watchCluster(cluster, {
      only: ["primary"],
      hosts: { primary: "127.0.0.2" },
      libpq: {
        primary: {
          ...DEFAULT_LIBPQ_SETTINGS,
          sessionAttributes: "primary",
          otherHosts: [{ host: "127.0.0.1", hostAddress: "", port }],
        },
      },
      discovery: {},
      collect: QUICK,
    });
    await untilWatched(watching, ["primary", "standby"]);
  },
);

Deno.test({ name: "--discover-standbys with all servers on one host", ignore }, async () => {
  await using cluster = await startCluster({ standbys: 1 });
  // By another name than its address: it must be queried, and turns out to be the primary.
  await using watching = watchCluster(cluster, {
    only: ["primary"],
    hosts: { primary: "localhost" },
    discovery: {},
    collect: QUICK,
  });
  await until("it was looked at", () => {
    return Promise.resolve(
      watching.lines.some(({ message }) => message === "Not watching the server at an address"),
    );
  });
  await untilHolds("the standby to be known from its primary alone", () => {
    const view = watching.service.view();
    assertEquals(namesOf(view), ["primary"]);
    assertEquals(view?.standbys.map(({ name, configured, connected }) => [name, configured, connected]), [
      ["standby", false, true],
    ]);
  });
  const told = watching.lines.filter(({ level }) => level !== "debug").map(({ message }) => message);
  assertEquals(told, ["Watching server", "Cannot watch a discovered standby; retrying"]);
});
