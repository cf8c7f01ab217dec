import { assert, assertEquals, assertMatch } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { Finding } from "../../src/domain/finding.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";
import { commitThatWaits } from "./waiting_commit.ts";
import { watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;
const QUICK = { collect: { intervalSeconds: 0.3, maxAgeSeconds: 0 } };

function findingsOf({ service }: Watching): readonly Finding[] {
  return service.view()?.findings ?? [];
}

/** Findings above info, as `severity check server subject`. */
function alarming(watching: Watching): readonly string[] {
  return findingsOf(watching).filter(({ severity }) => severity !== "info")
    .map(({ severity, check, server, subject }) => `${severity} ${check} ${server} ${subject}`.trimEnd());
}

/** Waits until a check has raised a finding on a server. */
async function raised(watching: Watching, check: string, server: string): Promise<Finding> {
  let found: Finding | undefined;
  await until(`${check} on ${server}`, () => {
    found = findingsOf(watching).find((each) => each.check === check && each.server === server);
    return found !== undefined;
  }, { seconds: 60 }).catch((error: unknown) => {
    throw new Error(`${String(error)}; there is: ${alarming(watching).join(", ")}`);
  });
  if (found === undefined) throw new Error("unreachable");
  return found;
}

async function quiet(watching: Watching): Promise<void> {
  await until(
    "no finding above info",
    () => watching.service.view() !== null && alarming(watching).length === 0,
    { seconds: 60 },
  )
    .catch((error: unknown) => {
      throw new Error(`${String(error)}; there is: ${alarming(watching).join(", ")}`);
    });
}

Deno.test({ name: "findings on a real cluster", ignore }, async (t) => {
  await using cluster = await startCluster({ standbys: 2, settings: { fsync: "on" } });
  const { primary, faults } = cluster;
  const standby = cluster.server("standby");
  await using watching = watchCluster(cluster, QUICK);

  await t.step("a healthy cluster has no finding above info, idle and under load", async () => {
    await quiet(watching);
    await cluster.setLoad(50);
    const views = new Set<number>();
    const alarms = new Set<string>();
    await until("ten views under load", () => {
      const view = watching.service.view();
      for (const alarm of alarming(watching)) alarms.add(alarm);
      views.add(view?.servers[0]?.readAt ?? 0);
      return views.size > 10;
    }, { seconds: 60 });
    assertEquals([...alarms], []);
    await cluster.setLoad(0);
  });

  await t.step("link cut: receiver not running, slot inactive, too few standbys; healed: none", async () => {
    await faults.cutLink(standby);
    const first = await raised(watching, "receiver_not_running", "standby");
    assertEquals(first.severity, "warning");
    await primary.sql("SELECT pg_switch_wal()");
    await primary.sql("INSERT INTO test_data (data) SELECT repeat('x', 1000) FROM generate_series(1, 20000)");
    await until(
      "the slot to keep more than a segment",
      async () => (await raised(watching, "slot_inactive", "primary")).severity === "warning",
    );
    const slot = await raised(watching, "slot_inactive", "primary");
    assertEquals(slot.subject, standby.slot);
    assertMatch(slot.advice, /SELECT pg_drop_replication_slot\('standby'\)/);
    await raised(watching, "few_standbys", "cluster");
    await untilHolds("the receiver's finding to name the slot", async () => {
      const later = await raised(watching, "receiver_not_running", "standby");
      assertEquals(later.since, first.since);
      assertMatch(later.evidence, /slot "standby" on "primary" is inactive and retains \d/);
    });
    await faults.healLink(standby);
    await quiet(watching);
  });

  await t.step("slot dropped on the upstream: reported as missing; created again: none", async () => {
    await faults.cutLink(standby);
    await until(
      "the slot to be free",
      async () =>
        await primary.text(`SELECT active FROM pg_replication_slots WHERE slot_name = '${standby.slot}'`) ===
          "false",
    );
    await faults.dropSlot(standby);
    const missing = await raised(watching, "upstream_slot_missing", "standby");
    assertMatch(
      missing.advice,
      /On "primary": SELECT pg_create_physical_replication_slot\('standby', true\)/,
    );
    await primary.sql("SELECT pg_create_physical_replication_slot('standby', true)");
    await faults.healLink(standby);
    await quiet(watching);
  });

  await t.step("replay paused with WAL waiting, and resumed", async () => {
    await faults.pauseReplay(standby);
    await primary.sql("INSERT INTO test_data (data) VALUES ('waits')");
    await until(
      "a warning",
      async () => (await raised(watching, "replay_paused", "standby")).severity === "warning",
    );
    await standby.sql(
      (await raised(watching, "replay_paused", "standby")).advice.match(/SELECT [^;]+/)?.[0] ?? "",
    );
    await quiet(watching);
  });

  await t.step("too few synchronous standbys: a warning, critical as soon as a commit waits", async () => {
    await primary.set("synchronous_standby_names", "FIRST 2 (standby, ghost)");
    assertEquals((await raised(watching, "sync_short", "primary")).severity, "warning");
    await using writer = primary.connect("postgres");
    const commit = await commitThatWaits(primary, writer);
    try {
      await untilHolds("the waiting commit to be told", async () => {
        const short = await raised(watching, "sync_short", "primary");
        assertEquals(short.severity, "critical");
        assertMatch(short.evidence, /1 of 2 required.*1 commit waits, the oldest/);
      });
    } finally {
      await primary.set("synchronous_standby_names", null);
      await commit.ended;
    }
    await quiet(watching);
  });

  await t.step("a primary with more connections than its standby", async () => {
    await primary.set("max_connections", "120");
    await primary.restart();
    await untilHolds("the settings of both", async () => {
      const mismatch = await raised(watching, "settings_mismatch", "standby");
      assertMatch(mismatch.evidence, /max_connections = 100, on the primary 120/);
    });
    await until(
      "replay to stop",
      async () => (await raised(watching, "settings_mismatch", "standby")).summary.includes("has stopped"),
    );
    for (const each of cluster.standbys) {
      await each.set("max_connections", "120");
      await each.restart();
    }
    await cluster.untilStreaming();
    await quiet(watching);
  });

  await t.step(
    "a killed standby, seen from its upstream; a login without rights",
    async () => {
      await faults.kill(standby);
      await until(
        "it to be critical",
        async () => (await raised(watching, "connection_refused", "standby")).severity === "critical",
      );
      await raised(watching, "standby_disconnected", "standby");
      await faults.start(standby);
      await quiet(watching);
      await using plain = watchCluster(cluster, { ...QUICK, user: "plain" });
      for (const { name } of cluster.servers) {
        assertMatch(
          (await raised(plain, "missing_rights", name)).advice,
          /On "primary": GRANT pg_monitor TO plain;$/,
        );
      }
      await untilHolds("nothing but the rights to be missing", () => {
        assertEquals(alarming(plain).filter((each) => !each.startsWith("warning missing_rights ")), []);
      });
    },
  );

  await t.step("login refused, connections exhausted", async () => {
    await faults.changeMonitorPassword();
    await faults.endSessions(primary);
    const login = await raised(watching, "login_failed", "primary");
    assertMatch(login.advice, /ALTER ROLE monitor PASSWORD/);
    assert(!JSON.stringify(login).includes(cluster.passwords.monitor), "no password is told");
    await faults.restoreMonitorPassword();
    await quiet(watching);
    await primary.sql("ALTER ROLE monitor CONNECTION LIMIT 0");
    await faults.endSessions(primary);
    assertMatch((await raised(watching, "connections_exhausted", "primary")).evidence, /SQLSTATE 53300/);
    await primary.sql("ALTER ROLE monitor CONNECTION LIMIT -1");
    await quiet(watching);
  });

  await t.step("a promotion beside the running primary is a split brain", async () => {
    await faults.promote(standby);
    await untilHolds("both primaries to be told", async () => {
      const split = await raised(watching, "split_brain", "cluster");
      assertMatch(split.evidence, /"standby" on timeline 2; "primary" on timeline 1/);
    });
  });
});
