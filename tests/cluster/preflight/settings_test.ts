import { assertEquals, assertStringIncludes } from "@std/assert";
import { settingsPoints, smallerThan } from "../../../src/cluster/preflight/settings.ts";
import { archiver, settings, wal } from "../fixtures.ts";
import { contextAround, NEVER, type Trio, trio } from "./scenes.ts";

function textsOf(changes: Trio): string[] {
  return settingsPoints(contextAround(trio(changes))).map(({ weight, text, advice }) =>
    `${weight} ${text} ${advice}`
  );
}

Deno.test("equal settings give no warning", () => {
  assertEquals(textsOf({}).map((text) => text.split(" ")[0]), ["fine"]);
});

const CASES: readonly (readonly [when: string, changes: Trio, weight: string, says: string])[] = [
  [
    "fewer senders",
    { standby: { wal: [wal({ maxSenders: 5 })] } },
    "no_go",
    "max_wal_senders = 5 instead of 10",
  ],
  [
    "wal_level = minimal",
    { standby: { wal: [wal({ level: "minimal" })] } },
    "warning",
    "no standby could follow it",
  ],
  [
    "a lower wal_level",
    { primary: { wal: [wal({ level: "logical" })] } },
    "warning",
    "logical replication would end",
  ],
  [
    "fsync off",
    { standby: { settings: [settings({ fsync: false })] } },
    "warning",
    'fsync is off on "standby"',
  ],
  [
    "full_page_writes off",
    { standby: { settings: [settings({ fullPageWrites: false })] } },
    "warning",
    "ALTER SYSTEM SET full_page_writes = on",
  ],
  [
    "archive_mode off",
    { standby: { archiver: [archiver({ mode: "off" })] } },
    "warning",
    '"primary" archives its WAL and "standby" would not',
  ],
  [
    "no archive command",
    { standby: { settings: [settings({ hasArchiveCommand: false })] } },
    "warning",
    "archive_command",
  ],
  ["fewer slots", { standby: { wal: [wal({ maxSlots: 4 })] } }, "info", "max_replication_slots = 4"],
  [
    "a lower wal_keep_size",
    { primary: { wal: [wal({ keepBytes: 1024 ** 3 })] } },
    "info",
    "wal_keep_size = 0 B",
  ],
  [
    "a different max_slot_wal_keep_size",
    { standby: { settings: [settings({ maxSlotWalKeepBytes: 1024 ** 3 })] } },
    "info",
    'max_slot_wal_keep_size is 1.0 GiB on "standby", unlimited on "primary"',
  ],
];

for (const [when, changes, weight, says] of CASES) {
  Deno.test(`settings: ${when}`, () => {
    const found = textsOf(changes);
    assertEquals(found.length, 1, found.join("\n"));
    assertEquals(found[0]?.split(" ")[0], weight);
    assertStringIncludes(found[0] ?? "", says);
  });
}

Deno.test("servers with lower limits than the candidate get a warning", () => {
  const found = textsOf({ standby: { settings: [settings({ maxConnections: 500 })] } });
  assertEquals(found.length, 2);
  assertStringIncludes(found[0] ?? "", 'warning "primary" has lower limits than "standby"');
  assertStringIncludes(found[1] ?? "", 'warning "standby2" has lower limits than "standby"');
  assertStringIncludes(found[1] ?? "", "max_connections = 100 instead of 500");
  const [primary, standby] = trio().servers;
  assertEquals(primary === undefined || standby === undefined ? [] : smallerThan(primary, standby), []);
});

Deno.test("unknown settings of either server give a warning", () => {
  const [ofPrimary] = textsOf({ snapshots: { primary: NEVER } });
  assertStringIncludes(ofPrimary ?? "", 'warning The settings of "primary" are unknown');
  const [ofStandby] = textsOf({ standby: { settings: [] } });
  assertStringIncludes(ofStandby ?? "", 'warning The settings of "standby" are unknown');
});
