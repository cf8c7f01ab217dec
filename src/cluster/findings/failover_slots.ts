/**
 * Failover slots (17 and later): copies on standbys that would not survive a promotion, and standbys that logical decoding
 * waits for. Where no slot has failover = true nothing is found.
 *
 * @module
 */
import { formatBytes, formatSeconds, joinNames } from "../../domain/quantities.ts";
import { isLostSlot, unconfirmedBytesOf } from "../../domain/slot.ts";
import type { SlotCopy } from "../../domain/slot_copy.ts";
import { quoteText } from "../../domain/sql_text.ts";
import type { ServerView, View } from "../../domain/view.ts";
import type { NewSetting } from "../managers/remedy.ts";
import { type Check, type Diagnosis, joinEvidence, perServer } from "./check.ts";
import { adviseOnCopy, COPY_FAULTS, COPY_STEPS, missingSettings } from "./copy_advice.ts";
import { destructive } from "./destructive.ts";
import { slotNameOf } from "./rebuild.ts";
import { freshRow, freshRows, serverNamed } from "./view_queries.ts";

/** Whether a slot is to be synchronized somewhere. */
function hasFailoverSlots({ servers }: View): boolean {
  return servers.some(({ facts }) => facts.slots?.some(({ failover }) => failover === true) === true);
}

/** The copies of failover slots that a check is about: of slots that are valid, between servers that respond. */
function failoverCopies(view: View): readonly SlotCopy[] {
  return view.slotCopies.filter((each) =>
    each.failover === true && !each.obstacles.includes("slot_lost") &&
    serverNamed(view, each.server)?.up === true && serverNamed(view, each.standby)?.up === true
  );
}

/** A worker that does not run for so long, while the slot has moved, does not start by itself, seconds. */
const WORKER_START_SECONDS = 120;

/** Waits for what comes by itself are no fault that must be corrected. */
const PASSING_OBSTACLES: readonly SlotCopy["obstacles"][number][] = ["missing", "temporary"];

/** One finding for each standby that should have copies: those set up for it, and while none is, all. */
function* findNotReady(view: View): Generator<Diagnosis> {
  const copies = failoverCopies(view);
  const ready = new Set(copies.flatMap((each) => each.survives === true ? [keyOfSlot(each)] : []));
  const setUp = new Set(
    copies.flatMap(({ server, obstacles }) => obstacles.includes("sync_off") ? [] : [server]),
  );
  for (const [standby, all] of Map.groupBy(copies, (each) => each.standby)) {
    const own = all.filter((each) => each.obstacles.length > 0 && !isStarting(each));
    const [first] = own.toSorted((a, b) => rankOf(a) - rankOf(b));
    const obstacle = first?.obstacles[0];
    if (first === undefined || obstacle === undefined) continue;
    // One that is not set up for it, beside one that is, is not meant to be promoted.
    if ((obstacle === "sync_off" || obstacle === "cascading") && setUp.has(first.server)) continue;
    const lacking = own.filter(({ survives }) => survives !== true);
    const names = joinNames((lacking.length === 0 ? own : lacking).map(({ slot }) => `"${slot}"`), 5);
    const isElsewhere = lacking.length > 0 && lacking.every((each) => ready.has(keyOfSlot(each)));
    yield {
      server: standby,
      severity: isElsewhere || PASSING_OBSTACLES.includes(obstacle) ? "info" : "warning",
      summary: lacking.length === 0
        ? `"${standby}" no longer keeps logical slots of "${first.server}" in sync`
        : `"${standby}" is not ready to take over ${
          lacking.length === 1 ? `logical slot ${names}` : `${lacking.length} logical slots`
        } of "${first.server}"`,
      evidence: joinEvidence(
        COPY_FAULTS[obstacle](first),
        own.length > 1 && names,
        lacking.length === 0 && behindOf(first),
        isElsewhere && "another standby is ready",
      ),
      advice: adviseOnCopy(first),
      ...remedyOf(first),
      extent: lacking.length,
    };
  }
}

/** What a manager does about it: slots of standbys and connection strings are its own. */
function remedyOf(copy: SlotCopy): Pick<Diagnosis, "remedy"> {
  const settings = missingSettings(copy);
  if (settings.length > 0) return { remedy: { intent: { kind: "set", settings } } };
  const [first] = copy.obstacles;
  if (first === "no_slot") {
    return { remedy: { intent: { kind: "give_slot", slot: slotNameOf(copy.standby) } } };
  }
  // A manager that synchronizes slots names the database itself.
  return first === "no_database"
    ? { remedy: { intent: { kind: "set", settings: [["sync_replication_slots", "on"]] } } }
    : {};
}

/** The server starts the worker within a minute after a setting has changed. */
function isStarting({ survives, obstacles, lagSeconds }: SlotCopy): boolean {
  return survives === true && obstacles.every((each) => each === "no_worker") &&
    (lagSeconds ?? 0) < WORKER_START_SECONDS;
}

function keyOfSlot({ server, slot }: SlotCopy): string {
  return `${slot} ${server}`;
}

/** Of obstacles the one that stands in the way of others comes first. */
function rankOf({ obstacles: [first] }: SlotCopy): number {
  return first === undefined ? Infinity : Object.keys(COPY_FAULTS).indexOf(first);
}

function behindOf({ lagBytes, lagSeconds }: SlotCopy): string {
  if (lagBytes === null) return "";
  return `${formatBytes(lagBytes)}${
    lagSeconds === null ? "" : ` (${formatSeconds(lagSeconds)})`
  } of WAL behind the slot`;
}

/** A server whose slots survive, but whose consumers may be ahead of the standby. */
const findUnguarded: Check["find"] = perServer("settings", (server, [row], view) => {
  const sync = row?.slotSync;
  const ready = failoverCopies(view).filter((each) =>
    each.server === server.server && each.survives === true
  );
  if (sync === undefined || ready.length === 0 || ready.some(({ isAwaited }) => isAwaited)) return null;
  const slots = [...new Set(ready.flatMap(({ standby }) => physicalSlotOf(view, standby)))];
  if (slots.length === 0) return null;
  const value = [...sync.awaited, ...slots.slice(0, 1)].join(", ");
  const settings: readonly NewSetting[] = [["synchronized_standby_slots", value]];
  return {
    severity: "info",
    summary: `Consumers of the failover slots of "${server.server}" may get ahead of its standbys`,
    evidence: joinEvidence(
      `synchronized_standby_slots = ${quoteText(sync.awaited.join(", "))}`,
      `ready: ${joinNames([...new Set(ready.map(({ standby }) => `"${standby}"`))], 5)}`,
    ),
    advice: `On "${server.server}": ALTER SYSTEM SET synchronized_standby_slots = ${
      quoteText(value)
    }; SELECT pg_reload_conf(); From then on consumers get no change before that standby has it, and wait while it is away`,
    remedy: { intent: { kind: "set", settings } },
  };
});

function physicalSlotOf(view: View, standby: string): readonly string[] {
  const name = serverNamed(view, standby)?.facts.recovery?.[0]?.primarySlotName ?? "";
  return name === "" ? [] : [name];
}

/** A server whose logical decoding waits, or will wait, for a standby that is not there. */
const findWaiting: Check["find"] = perServer("slots", (server, slots) => {
  const awaited = freshRow(server, "settings")?.slotSync?.awaited ?? [];
  const consumers = slots.filter(({ type, failover }) => type === "logical" && failover === true);
  if (server.role !== "primary" || awaited.length === 0 || consumers.length === 0) return null;
  const away = awaited.flatMap((name) => {
    const slot = slots.find((each) => each.slot === name);
    const fault = slot === undefined
      ? "does not exist"
      : slot.type === "logical"
      ? "is a logical slot"
      : isLostSlot(slot)
      ? "is lost"
      : slot.active
      ? ""
      : "is inactive";
    return fault === "" ? [] : [{ name, fault }];
  });
  if (away.length === 0) return null;
  const waiting = waitingOf(server);
  const stays = awaited.filter((name) => away.every((each) => each.name !== name));
  const names = joinNames(away.map(({ name }) => `"${name}"`), 5);
  const held = Math.max(0, ...consumers.map((slot) => unconfirmedBytesOf(slot) ?? 0));
  return {
    severity: waiting.length > 0 ? "critical" : "warning",
    summary: waiting.length > 0
      ? `Logical decoding on "${server.server}" waits for the standby of slot ${names}`
      : `Logical decoding on "${server.server}" will wait for the standby of slot ${names}`,
    evidence: joinEvidence(
      `synchronized_standby_slots = ${quoteText(awaited.join(", "))}`,
      away.map(({ name, fault }) => `"${name}" ${fault}`).join(", "),
      waiting.length > 0 && `waiting: ${joinNames(waiting.map((slot) => `"${slot}"`), 5)}`,
      held > 0 && `up to ${formatBytes(held)} not confirmed`,
    ),
    advice: "Bring the standby back that has it as primary_slot_name: consumers go on by themselves. " +
      release(server, stays),
    remedy: {
      intent: { kind: "set", settings: [["synchronized_standby_slots", stays.join(", ")]] },
      before:
        "Bring the standby back that has it as primary_slot_name, and consumers go on by themselves; or, only if it is gone " +
        "for good or consumers must not wait for it:",
    },
    extent: held,
  };
});

function waitingOf(server: ServerView): readonly string[] {
  return (freshRows(server, "decoding") ?? []).flatMap(({ slot, waitsForStandby }) =>
    waitsForStandby === true ? [slot] : []
  );
}

function release({ server }: ServerView, stays: readonly string[]): string {
  return destructive({
    because: "Only if it is gone for good, or consumers must not wait for it any longer, take it out",
    checkFirst:
      `on "${server}": SELECT slot_name, slot_type, active, wal_status FROM pg_replication_slots; it is missing or not active`,
    step: `on "${server}": ALTER SYSTEM SET synchronized_standby_slots = ${
      quoteText(stays.join(", "))
    }; SELECT pg_reload_conf();`,
    loses: "consumers get ahead of that standby, and must copy their tables again if it is promoted",
  });
}

const FAILOVER_SLOTS = { reads: ["slots", "settings"], applies: hasFailoverSlots } as const;

/** Failover slots. */
export const failoverSlotChecks: readonly Check[] = [
  {
    ...FAILOVER_SLOTS,
    name: "decoding_waits_for_standby",
    title: "No logical decoding waits for a standby that is away",
    looksAt: "synchronized_standby_slots, pg_replication_slots, wait event WaitForStandbyConfirmation",
    severities: ["critical", "warning"],
    grades: "Critical when a consumer waits now; warning when it will with the next change.",
    meaning:
      "`synchronized_standby_slots` names a physical slot that is inactive, lost, or does not exist. Consumers of failover " +
      "slots get no change before that standby has it: subscriptions stand still, although they are connected, and WAL is " +
      "retained.",
    look: [
      "`SHOW synchronized_standby_slots;` and `SELECT slot_name, active, wal_status FROM pg_replication_slots;`",
      "`SELECT pid, wait_event FROM pg_stat_activity WHERE wait_event = 'WaitForStandbyConfirmation';`",
    ],
    steps: [
      "Bring the standby back that has this slot as `primary_slot_name`.",
      destructive({
        because: "If it is gone for good, take its slot out of the list",
        checkFirst: "`SELECT slot_name, active FROM pg_replication_slots;` does not show it as active.",
        step: "`ALTER SYSTEM SET synchronized_standby_slots = 'OTHERS'; SELECT pg_reload_conf();`",
        loses: "consumers get ahead of that standby, and must copy their tables again if it is promoted.",
      }),
    ],
    find: findWaiting,
  },
  {
    ...FAILOVER_SLOTS,
    name: "failover_slot_not_ready",
    title: "Every failover slot would survive the promotion of a standby",
    looksAt:
      "synced, temporary and invalidation_reason of pg_replication_slots on standbys, sync_replication_slots, hot_standby_feedback, primary_slot_name, and whether the standby's connection string names a database",
    severities: ["warning", "info"],
    grades: "Info when another standby is ready, or when nothing but time is needed.",
    meaning:
      "A logical slot of the primary has `failover = true`, but the standby has no copy that its consumer could go on with: " +
      "after a promotion now, its subscription would have to be copied again.",
    look: [
      "On the standby: `SELECT slot_name, synced, temporary, invalidation_reason FROM pg_replication_slots;` and `SELECT pid FROM pg_stat_activity WHERE backend_type = 'slotsync worker';`",
      "`pgrepl_slot_survives_failover`, `pgrepl_slot_copy_lag_bytes`",
    ],
    steps: COPY_STEPS,
    find: findNotReady,
  },
  {
    ...FAILOVER_SLOTS,
    name: "failover_slot_unguarded",
    title: "No consumer of a failover slot gets ahead of all standbys",
    looksAt: "synchronized_standby_slots",
    severities: ["info"],
    meaning:
      "The slots survive a promotion, but decoding waits for no standby: a subscriber may have applied what the promoted standby " +
      "never received, and would then skip what the new primary writes in its place.",
    look: ["`SHOW synchronized_standby_slots;` on the primary."],
    steps: [
      "`ALTER SYSTEM SET synchronized_standby_slots = 'SLOT'; SELECT pg_reload_conf();` with the physical slot of the standby that would be promoted. Consumers then wait while it is away.",
    ],
    find: findUnguarded,
  },
];
