import { assertEquals, assertStringIncludes } from "@std/assert";
import { smallerThan, tellSettings } from "../../../src/cluster/preflight/settings.ts";
import { archiver, settings, wal } from "../fixtures.ts";
import { contextAround, NEVER, type Trio, trio } from "./scenes.ts";

function told(changes: Trio): string[] {
  return tellSettings(contextAround(trio(changes))).map(({ weight, text, advice }) =>
    `${weight} ${text} ${advice}`
  );
}

Deno.test("equal settings are fine", () => {
  assertEquals(told({}).map((text) => text.split(" ")[0]), ["fine"]);
});

const CASES: readonly (readonly [when: string, changes: Trio, weight: string, says: string])[] = [
  [
    "fewer senders",
    { standby: { wal: [wal({ maxSenders: 5 })] } },
    "no_go",
    "max_wal_senders = 5 instead of 10",
  ],
  [
    "wal_level minimal",
    { standby: { wal: [wal({ level: "minimal" })] } },
    "warning",
    "no standby could follow it",
  ],
  [
    "wal_level lower",
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
    "no archive",
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
  ["less WAL kept", { primary: { wal: [wal({ keepBytes: 1024 ** 3 })] } }, "info", "wal_keep_size = 0 B"],
  [
    "another limit of slots",
    { standby: { settings: [settings({ maxSlotWalKeepBytes: 1024 ** 3 })] } },
    "info",
    'max_slot_wal_keep_size is 1.0 GiB on "standby", unlimited on "primary"',
  ],
];

for (const [when, changes, weight, says] of CASES) {
  Deno.test(`settings: ${when}`, () => {
    const found = told(changes);
    assertEquals(found.length, 1, found.join("\n"));
    assertEquals(found[0]?.split(" ")[0], weight);
    assertStringIncludes(found[0] ?? "", says);
  });
}

Deno.test("a candidate with more than the others: they must be raised before they follow it", () => {
  const found = told({ standby: { settings: [settings({ maxConnections: 500 })] } });
  assertEquals(found.length, 2);
  assertStringIncludes(found[0] ?? "", 'warning "primary" allows less than "standby"');
  assertStringIncludes(found[1] ?? "", 'warning "standby2" allows less than "standby"');
  assertStringIncludes(found[1] ?? "", "max_connections = 100 instead of 500");
  const [primary, standby] = trio().servers;
  assertEquals(primary === undefined || standby === undefined ? [] : smallerThan(primary, standby), []);
});

Deno.test("settings that were not read are a warning, of either server", () => {
  const [ofPrimary] = told({ snapshots: { primary: NEVER } });
  assertStringIncludes(ofPrimary ?? "", 'warning The settings of "primary" are not known');
  const [ofStandby] = told({ standby: { settings: [] } });
  assertStringIncludes(ofStandby ?? "", 'warning The settings of "standby" are not known');
});
