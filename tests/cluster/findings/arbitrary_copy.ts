/** Any copy of a logical slot, between the servers of {@linkcode arbitraryView}. */
import * as fc from "fast-check";
import { COPY_OBSTACLES, type SlotCopy } from "../../../src/domain/slot_copy.ts";

const server = fc.constantFrom("primary", "standby");

/** Any copy. */
export const slotCopy: fc.Arbitrary<SlotCopy> = fc.record({
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
