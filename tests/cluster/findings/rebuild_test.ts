import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  rebuildFromBackup,
  rewindCommand,
  rewindTo,
  slotNameOf,
} from "../../../src/cluster/findings/rebuild.ts";
import { slot } from "../fixtures.ts";
import { viewOf } from "./views.ts";

const address = { host: "db1", hostAddress: "", port: 5433 };

Deno.test("slotNameOf() makes a valid name of a slot", () => {
  assertEquals(slotNameOf("Db-1.example.com"), "db_1_example_com");
});

Deno.test("rebuildFromBackup() keeps the old data directory, and creates a slot that does not exist", () => {
  const given = { name: "standby", source: "primary" };
  const without = rebuildFromBackup(viewOf({ primary: { slots: [] }, primarySnapshot: { address } }), given);
  assertStringIncludes(without, "mv DATADIR DATADIR.old && pg_basebackup -h db1 -p 5433 -U ");
  assertStringIncludes(without, "-X stream -C -S standby;");
  const view = viewOf({ primary: { slots: [slot({ slot: "standby" })] }, primarySnapshot: { address } });
  assertStringIncludes(rebuildFromBackup(view, given), "-X stream -S standby;");
});

Deno.test("rewindTo() creates the slot, makes a checkpoint, and makes the server follow", () => {
  const text = rewindTo(viewOf({ primary: { slots: [] }, primarySnapshot: { address } }), {
    name: "standby",
    source: "primary",
  });
  assertStringIncludes(text, `on "primary": SELECT pg_create_physical_replication_slot('standby', true);`);
  assertStringIncludes(text, rewindCommand("host=db1 port=5433", "DATADIR"));
  assertStringIncludes(text, "touch DATADIR/standby.signal");
  assertStringIncludes(text, "primary_slot_name = 'standby'");
});
