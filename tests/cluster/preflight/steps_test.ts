import { assertEquals } from "@std/assert";
import { derivePreflight } from "../../../src/cluster/preflight/derive_preflight.ts";
import { deriveSteps } from "../../../src/cluster/preflight/steps.ts";
import { deriveLoss } from "../../../src/cluster/preflight/loss.ts";
import { recovery, settings, slot, sync } from "../fixtures.ts";
import { contextAround, GONE, NEVER, ORPHANS, type Trio, trio } from "./scenes.ts";

/** `where | command` of every step, in order. */
function commands(changes: Trio = {}): string[] {
  return derivePreflight(trio(changes), "standby").steps.flatMap(({ where, commands }) =>
    commands.map((command) => `${where.replace(/ \(.*/, "")} | ${command}`)
  );
}

const has = (lines: readonly string[], pattern: RegExp) => lines.findIndex((line) => pattern.test(line));

Deno.test("a switchover: create slots, stop the primary, compare positions, promote, repoint, bring back the primary", () => {
  const lines = commands();
  const order = [
    /^standby \| SELECT pg_create_physical_replication_slot\('standby2', true\);$/,
    /^standby \| SELECT pg_create_physical_replication_slot\('primary', true\);$/,
    /^primary \| pg_ctl stop -D "\$PGDATA" -m fast$/,
    /^standby \| SELECT pg_last_wal_receive_lsn\(\) AS received.* > '0\/5000000' AS has_all;$/,
    /^standby \| SELECT pg_promote\(\);$/,
    /^standby \| SELECT pg_is_in_recovery\(\)/,
    /^standby2 \| ALTER SYSTEM SET primary_conninfo = 'host=db1.example port=5432 user=replicator application_name=standby2';/,
    /^standby2 \| ALTER SYSTEM SET primary_slot_name = 'standby2';$/,
    /^standby2 \| SELECT pg_reload_conf\(\);$/,
    /^primary \| touch "\$PGDATA\/standby.signal"$/,
    /^primary \| pg_ctl start/,
    /^primary \| SELECT pg_drop_replication_slot\('standby'\);$/,
  ].map((pattern) => has(lines, pattern));
  assertEquals(order.includes(-1), false, lines.join("\n"));
  assertEquals(order, order.toSorted((a, b) => a - b));
  assertEquals(has(lines, /pg_rewind/), -1, "after a clean shutdown nothing is rewound");
});

Deno.test("a failover: fence the primary, save its WAL, promote, rewind the old primary", () => {
  const lines = commands({ ...ORPHANS, snapshots: { primary: GONE } });
  assertEquals(
    has(lines, / >= '0\/5000000' AS has_all;$/) > 0,
    true,
    "the last known end of WAL: equal is all",
  );
  const order = [
    /-m immediate$/,
    /pg_wal" \| head$/,
    /SELECT pg_promote/,
    /^primary \| psql .* -c CHECKPOINT && pg_rewind/,
  ]
    .map((pattern) => has(lines, pattern));
  assertEquals(order.includes(-1), false, lines.join("\n"));
  assertEquals(order, order.toSorted((a, b) => a - b));
  assertEquals(has(lines, /^primary \| .*-m fast/) > has(lines, /pg_promote/), true);
});

Deno.test("without checksums and wal_log_hints the old primary is rebuilt", () => {
  const lines = commands({
    ...ORPHANS,
    primary: { settings: [settings({ dataChecksums: false })] },
    snapshots: { primary: GONE },
  });
  assertEquals([
    has(lines, /pg_rewind/),
    has(lines, /^primary \| pg_basebackup -h db1.example -p 5432/) > 0,
  ], [
    -1,
    true,
  ]);
});

Deno.test("paused replay and missing synchronous standbys are dealt with before the promotion", () => {
  const lines = commands({
    standby: {
      recovery: [recovery({ pauseState: "paused", primarySlotName: "standby" })],
      settings: [settings({ synchronousStandbyNames: "ghost" })],
    },
  });
  const promotion = has(lines, /pg_promote/);
  for (
    const pattern of [
      /^standby \| SELECT pg_wal_replay_resume/,
      /^standby \| ALTER SYSTEM SET synchronous_standby_names = '';/,
    ]
  ) {
    const at = has(lines, pattern);
    assertEquals(at >= 0 && at < promotion, true, String(pattern));
  }
});

Deno.test("a server with lower limits than the candidate is changed and restarted before it follows", () => {
  const lines = commands({ standby: { settings: [settings({ maxConnections: 500 })] } });
  const at = [
    /^standby2 \| ALTER SYSTEM SET max_connections = 500;$/,
    /^standby2 \| pg_ctl restart -D/,
    /^primary \| echo "max_connections = 500" >> /,
    /^primary \| pg_ctl start/,
  ].map((pattern) => has(lines, pattern));
  assertEquals([at.includes(-1), at.toSorted((a, b) => a - b)], [false, at]);
});

Deno.test("a standby of the candidate has no step; a rebuilt standby gets a slot with its name", () => {
  assertEquals(has(commands({ standbys: { standby2: { upstream: "standby" } } }), /^standby2 /), -1);
  const lines = commands({
    standbys: { standby2: { reason: "lost", connected: false } },
    primary: { senders: [], slots: [] },
    standby2: { recovery: [recovery()] },
  });
  assertEquals(
    has(lines, /^standby \| SELECT pg_create_physical_replication_slot\('standby2', true\)/) >= 0,
    true,
  );
  assertEquals(has(lines, /^standby2 \| pg_basebackup .* -S standby2 /) > 0, true, lines.join("\n"));
});

Deno.test("steps for subscribers, for synchronous_standby_names, and without a known primary", () => {
  const changes = {
    primary: {
      sync: [sync({ standbyNames: "ANY 1 (standby, standby2)" })],
      slots: [
        slot({ slot: "sub", type: "logical", plugin: "pgoutput" }),
        slot({ slot: "cdc", type: "logical", plugin: "wal2json" }),
      ],
    },
  };
  const lines = commands(changes);
  assertEquals(
    has(lines, /^each subscriber \| CREATE SUBSCRIPTION NAME CONNECTION 'host=db1.example port=5432/) > 0,
    true,
    lines.join("\n"),
  );
  assertEquals(
    has(lines, /ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 \(standby, standby2\)';/) > 0,
    true,
  );
  const titles = derivePreflight(trio(changes), "standby").steps.map(({ title }) => title);
  assertEquals(
    titles.filter((title) => /CDC connector/.test(title)).map((title) => title.split(/[,;] /)[0]),
    [
      'Copy the subscription that reads slot "sub" again from "standby"',
      'Give the CDC connector or program that reads slot "cdc" the new address',
    ],
  );
  const orphan = contextAround(trio({ ...ORPHANS, snapshots: { primary: NEVER, standby2: NEVER } }));
  const steps = deriveSteps({
    context: orphan,
    loss: deriveLoss(orphan),
    followers: [],
    slots: null,
    consumers: [],
    sync: { names: "", primaryNames: null, required: 0, present: 0 },
  });
  assertEquals(steps.some(({ commands }) => commands.includes("SELECT pg_promote();")), true);
});

Deno.test("connection strings in the steps contain only host, port, user and application_name", () => {
  for (const line of [...commands(), ...commands({ ...ORPHANS, snapshots: { primary: GONE } })]) {
    const conninfo = /primary_conninfo = '([^']*)'/.exec(line)?.[1] ?? "";
    for (const pair of conninfo.split(" ").filter((text) => text !== "")) {
      assertEquals(
        ["host", "port", "user", "application_name"].includes(pair.split("=")[0] ?? ""),
        true,
        line,
      );
    }
  }
});

Deno.test("replay that is paused at a recovery target is never resumed, nor is that server promoted", () => {
  const view = trio({
    standby: { recovery: [recovery({ pauseState: "paused", hasRecoveryTarget: true })] },
  });
  const { verdict, steps, points } = derivePreflight(view, "standby");
  assertEquals(verdict, "no_go");
  assertEquals(JSON.stringify([steps, points]).includes("SELECT pg_wal_replay_resume"), false);
});
