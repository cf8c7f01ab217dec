import type { SlotFact } from "../../domain/facts.ts";
import { majorOf } from "../../domain/pg_version.ts";
import { MANAGER_NAMES } from "../../domain/manager.ts";
import { consumerOf, type SlotConsumer } from "../../domain/slot.ts";
import { serverFact } from "../topology/identity.ts";
import { slotNamesOf } from "../topology/receiver_facts.ts";
import type { Follower, SlotOutlook } from "./preflight.ts";
import {
  type DerivedPoint,
  inCharge,
  lastRow,
  lowered,
  pointOn,
  type PreflightContext,
} from "./preflight_context.ts";

/** What it costs a consumer to lose its slot. */
const COSTS: Readonly<Record<SlotConsumer, string>> = {
  standby: "its standby must be rebuilt",
  subscription:
    "its subscriber loses its position: create the slot and copy its tables again, or changes will be missing",
  table_copy: "the initial copy of a table is not done: let it end first, or the table is copied again",
  change_data_capture: "its consumer loses its position: it needs a new snapshot, or changes will be missing",
};

/** First major version that synchronizes logical slots to a standby. */
const SYNCS_SLOTS_SINCE_MAJOR = 17;

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
    if (slot.type === "logical") return say(...logicalFate(context, { slot, twin }));
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

function logicalFate(
  { candidate }: PreflightContext,
  { slot, twin }: { readonly slot: SlotFact; readonly twin: SlotFact | undefined },
): readonly [SlotOutlook["fate"], string] {
  const lost = COSTS[consumerOf(slot)];
  const major = majorOf(serverFact(candidate)?.versionNum ?? 0);
  if (
    twin?.synced === true && twin.invalidationReason === null && twin.conflicting !== true && !twin.temporary
  ) {
    return [
      "follows",
      `"${candidate.server}" keeps it synchronized: the subscriber only needs the new address`,
    ];
  }
  if (major < SYNCS_SLOTS_SINCE_MAJOR) {
    return ["lost", `On PostgreSQL ${major} logical slots cannot be synchronized to a standby; ${lost}`];
  }
  if (slot.failover !== true) return ["lost", `It was not created with failover = true; ${lost}`];
  if (twin?.synced === true) {
    return [
      "lost",
      `"${candidate.server}" has it, but ${
        twin.temporary
          ? "it is not synchronized yet"
          : `it is invalid there (${twin.invalidationReason ?? "conflicting"})`
      }; ${lost}`,
    ];
  }
  return [
    "lost",
    `"${candidate.server}" does not have it: is sync_replication_slots on there, with hot_standby_feedback and a ` +
    `dbname in primary_conninfo? Otherwise ${lost}`,
  ];
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
  const points = slots.map(({ slot, type, fate, because }) => {
    const which = `${type === "logical" ? "Logical slot" : "Slot"} "${slot}"`;
    if (fate === "lost") {
      return point("warning", `${which} does not survive the promotion: ${lowered(because)}`);
    }
    if (type === "physical" && keeper !== null) {
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
    ...points.length === 0 ? [point("fine", "The primary has no slot that must be kept")] : points,
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
