import type { SlotFact } from "../../domain/facts.ts";
import { MANAGER_NAMES } from "../../domain/manager.ts";
import { consumerOf, tableCopyOf } from "../../domain/slot.ts";
import { slotNamesOf } from "../topology/receiver_facts.ts";
import { capitalized } from "../findings/subscription_pair.ts";
import { COPY_FAULTS } from "../findings/copy_advice.ts";
import { copyIn } from "./consumers.ts";
import type { Follower, SlotOutlook } from "./preflight.ts";
import {
  type DerivedPoint,
  inCharge,
  lastRow,
  lowered,
  pointOn,
  type PreflightContext,
} from "./preflight_context.ts";

/**
 * What happens to the slots of the current primary.
 *
 * @param context The candidate and its cluster.
 * @param followers What the other standbys need.
 * @returns null when the slots of the primary were never read.
 */
export function deriveSlots(
  context: PreflightContext,
  followers: readonly Follower[],
): readonly SlotOutlook[] | null {
  const { primary, candidate } = context;
  const slots = primary?.facts.slots;
  if (slots === undefined) return null;
  const own = slotNamesOf(candidate);
  const there = new Map((candidate.facts.slots ?? []).map((slot) => [slot.slot, slot]));
  const isThereKnown = candidate.facts.slots !== undefined;
  // `synced` of a primary only says that the slot was synchronized before its promotion.
  return slots.filter(({ temporary }) => !temporary).map((slot): SlotOutlook => {
    const twin = there.get(slot.slot);
    const say = (fate: SlotOutlook["fate"], because: string) => ({
      slot: slot.slot,
      type: slot.type,
      fate,
      because,
    });
    if (slot.type === "logical") return say(...logicalFate(context, slot));
    if (own.includes(slot.slot)) {
      return say(
        "unused",
        `"${candidate.server}" itself uses it now; nothing uses it after the promotion`,
      );
    }
    const user = followers.find((each) => each.slot === slot.slot)?.name;
    if (user !== undefined && followers.find(({ name }) => name === user)?.action === "stays") {
      return say("unused", `"${user}" no longer needs it`);
    }
    if (twin !== undefined) return say("follows", `"${candidate.server}" already has a slot of that name`);
    return say(
      "create",
      (user === undefined ? "Slots are not replicated" : `"${user}" uses it, and slots are not replicated`) +
        (isThereKnown ? "" : `; the slots of "${candidate.server}" are unknown`),
    );
  });
}

function logicalFate(context: PreflightContext, slot: SlotFact): readonly [SlotOutlook["fate"], string] {
  const copy = copyIn(context, slot.slot);
  const { server } = context.candidate;
  if (copy === null) {
    return consumerOf(slot) === "table_copy"
      ? ["lost", "The initial copy of a table is not done: let it end first, or the table is copied again"]
      : ["unknown", `The slots of "${server}" are unknown`];
  }
  if (copy.survives === true) {
    return [
      "follows",
      copy.copy?.synced === true
        ? `"${server}" has a copy of slot "${slot.slot}" that is ready` +
          (copy.obstacles[0] === undefined
            ? ""
            : `, but no longer kept in sync: ${COPY_FAULTS[copy.obstacles[0]](copy)}`)
        : `Another program keeps slot "${slot.slot}" in sync on "${server}"`,
    ];
  }
  const faults = copy.obstacles.filter((each) => each !== "missing" || copy.obstacles.length === 1)
    .map((each) => COPY_FAULTS[each](copy));
  if (copy.survives === null) {
    return [
      "unknown",
      `"${server}" has a slot "${slot.slot}" that PostgreSQL does not synchronize; whether another program keeps it in sync is unknown`,
    ];
  }
  return ["lost", capitalized(faults.join(", "))];
}

/**
 * Points on slots.
 *
 * @param context The candidate and its cluster.
 * @param slots What happens to them; null when they are unknown.
 */
export function slotPoints(
  { candidate, primary, manager }: PreflightContext,
  slots: readonly SlotOutlook[] | null,
): readonly DerivedPoint[] {
  const point = pointOn("slots");
  const keeper = inCharge({ manager });
  if (slots === null) {
    const name = primary === null ? "the primary" : `"${primary.server}"`;
    return [
      point(
        "warning",
        `The slots of ${name} are unknown, and so are those missing on "${candidate.server}"`,
        "Every standby and subscriber that uses a slot needs it there",
      ),
    ];
  }
  // What reads the others is judged under subscriptions.
  const own = slots.filter(({ slot, type }) => type === "physical" || tableCopyOf(slot) !== null);
  const points = own.map(({ slot, type, fate, because }) => {
    const which = `${type === "logical" ? "Logical slot" : "Slot"} "${slot}"`;
    if (type === "logical") {
      return point("warning", `${which} does not survive the promotion: ${lowered(because)}`);
    }
    if (keeper !== null) {
      return point("fine", `${which} is for ${MANAGER_NAMES[keeper]} to create, move or drop`);
    }
    if (fate === "create") {
      return point("info", `${which} must be created on "${candidate.server}": ${lowered(because)}`);
    }
    return point(fate === "unused" ? "info" : "fine", `${which}: ${because}`);
  });
  const max = lastRow(candidate, "wal")?.maxSlots;
  const existing = candidate.facts.slots?.length ?? 0;
  const made = slots.filter(({ fate }) => fate === "create").length + 1;
  return [
    ...slots.length === 0 ? [point("fine", "The primary has no slot that must be kept")] : points,
    ...max !== undefined && existing + made > max
      ? [
        point(
          "warning",
          `"${candidate.server}" has room for ${max} slots and needs ${
            existing + made
          }, including one for the old primary`,
          `ALTER SYSTEM SET max_replication_slots = ${
            existing + made
          } there, and restart it before you promote it`,
          {
            intent: {
              kind: "set",
              settings: [["max_replication_slots", `${existing + made}`]],
              restart: true,
            },
          },
        ),
      ]
      : [],
  ];
}
