import { assertEquals } from "@std/assert";
import type { Facts, SlotFact } from "../../src/domain/facts.ts";
import type { View } from "../../src/domain/view.ts";
import { sender, slot } from "../cluster/fixtures.ts";
import { copyScene } from "../cluster/logical/copies.ts";
import { down, viewOf } from "../cluster/findings/views.ts";
import { reportOf } from "./golden_views.ts";

function slotOf(fact: Partial<SlotFact>, scene: Parameters<typeof viewOf>[0] = {}) {
  const view: View = viewOf({
    ...scene,
    primary: { ...viewOf().servers[0]?.facts, slots: [slot({ slot: "standby", ...fact })] },
  });
  return reportOf(view).clusters[0]?.slots[0];
}

const finding = {
  check: "slot_inactive",
  server: "primary",
  subject: "standby",
  summary: "",
  evidence: "",
  advice: "",
  since: 1,
} as const;

for (
  const [name, fact, scene, status] of [
    ["in use", {}, {}, "healthy"],
    ["lost", { walStatus: "lost" }, {}, "critical"],
    ["invalidated", { invalidationReason: "idle_timeout" }, {}, "critical"],
    ["beyond its limit", { walStatus: "unreserved" }, {}, "critical"],
    ["of a finding", {}, { view: { findings: [{ ...finding, severity: "warning" }] } }, "warning"],
    ["of an info", {}, { view: { findings: [{ ...finding, severity: "info" }] } }, "healthy"],
    ["of another's finding", {}, {
      view: { findings: [{ ...finding, subject: "other", severity: "critical" }] },
    }, "healthy"],
    ["on a server that is not reached", {}, { primarySnapshot: down({}) }, "unknown"],
    [
      "lost on a server that is not reached",
      { walStatus: "lost" },
      { primarySnapshot: down({}) },
      "critical",
    ],
  ] as const satisfies readonly (readonly [string, Partial<SlotFact>, Parameters<typeof viewOf>[0], string])[]
) {
  Deno.test(`deriveReportSlots() calls a slot ${name} ${status}`, () =>
    assertEquals(slotOf(fact, scene)?.status, status));
}

Deno.test("deriveReportSlots() reports how much of the limit is left, and nothing without a limit", () => {
  const GIB = 1024 ** 3;
  assertEquals(slotOf({ safeWalBytes: GIB / 4, maxKeepBytes: GIB })?.headroom_ratio, 0.25);
  assertEquals(slotOf({ safeWalBytes: GIB + 1, maxKeepBytes: GIB })?.headroom_ratio, 1);
  assertEquals(slotOf({ safeWalBytes: -GIB / 2, maxKeepBytes: GIB })?.headroom_ratio, -0.5);
  assertEquals(slotOf({ safeWalBytes: null, maxKeepBytes: null })?.headroom_ratio, null);
  assertEquals(slotOf({ safeWalBytes: 0, maxKeepBytes: 0 })?.headroom_ratio, null);
});

Deno.test("deriveReportSlots() knows the standby of a slot that is not in use, by its settings", () => {
  const primary = {
    ...viewOf().servers[0]?.facts,
    senders: [],
    slots: [slot({ slot: "standby", active: false })],
  };
  const derived = { connected: false, reason: "disconnected" } as const;
  assertEquals(reportOf(viewOf({ primary, derived })).clusters[0]?.slots[0]?.used_by, "standby");
  const other = { ...primary, slots: [slot({ slot: "other", active: false })] };
  assertEquals(reportOf(viewOf({ primary: other, derived })).clusters[0]?.slots[0]?.used_by, null);
});

Deno.test("deriveReportSlots() names the client that reads a logical slot, such as a connector", () => {
  const cdc = { slot: "cdc", type: "logical", plugin: "pgoutput", database: "app" } as const;
  const reader = sender({ applicationName: "Debezium", user: "cdc", slot: "cdc", kind: "logical" });
  const usedBy = (senders: NonNullable<Facts["senders"]>) =>
    reportOf(viewOf({ primary: { ...viewOf().servers[0]?.facts, senders, slots: [slot(cdc)] } }))
      .clusters[0]?.slots[0]?.used_by;
  assertEquals(usedBy([reader]), "Debezium (user cdc)");
  assertEquals(usedBy([{ ...reader, state: null }]), null, "without the right it is unknown");
  assertEquals(usedBy([]), null);
});

Deno.test("deriveReportSlots() of a server that never reported them is null, not an empty list on the primary", () => {
  const { slots: _, ...facts } = viewOf().servers[0]?.facts ?? {};
  const view = viewOf();
  const [first, ...others] = view.servers;
  const { primary, slots } = reportOf({
    ...view,
    servers: first === undefined ? [] : [{ ...first, facts }, ...others],
  }).clusters[0] ?? {};
  assertEquals([primary?.slots, primary?.total_slots, primary?.active_slots], [null, null, null]);
  assertEquals(slots, []);
});

Deno.test("a logical slot has its copy on each standby", () => {
  const slots = reportOf(copyScene({ copy: { temporary: true } })).clusters[0]?.slots ?? [];
  assertEquals(
    slots.map((
      { name, copies },
    ) => [name, ...copies.map((each) => [each.standby, each.survives, each.obstacles])]),
    [
      ["standby"],
      ["app_sub", ["standby", false, ["temporary"]]],
      ["app_sub"],
    ],
  );
});
