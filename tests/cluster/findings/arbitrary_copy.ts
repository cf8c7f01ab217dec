/** Any copy of a logical slot, between the servers of {@linkcode arbitraryView}. */
import * as fc from "fast-check";
import type { SlotSyncSettings } from "../../../src/domain/facts.ts";
import { COPY_OBSTACLES, type SlotCopy } from "../../../src/domain/slot_copy.ts";

const server = fc.constantFrom("primary", "standby");

const slotCopy: fc.Arbitrary<SlotCopy> = fc.record({
  server,
  cluster: fc.constant(""),
  slot: fc.constantFrom("standby", "app_sub"),
  standby: server,
  failover: fc.option(fc.boolean()),
  survives: fc.option(fc.boolean()),
  obstacles: fc.subarray([...COPY_OBSTACLES]),
  copy: fc.constant(null),
  lagBytes: fc.option(fc.nat()),
  lagSeconds: fc.option(fc.nat(1000)),
  isAwaited: fc.boolean(),
});

/** Any copies. */
export const slotCopies = fc.uniqueArray(slotCopy, {
  maxLength: 3,
  selector: ({ server, standby, slot }) => `${server} ${standby} ${slot}`,
});

/** Any settings of the synchronization. */
export const slotSync: fc.Arbitrary<SlotSyncSettings> = fc.record({
  isOn: fc.boolean(),
  hasDatabase: fc.option(fc.boolean()),
  isRunning: fc.option(fc.boolean()),
  awaited: fc.subarray(["standby", "ghost"]),
});
