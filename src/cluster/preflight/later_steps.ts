import { quoteText } from "../../domain/sql_text.ts";
import { mayRewind } from "../topology/stranded.ts";
import { serverNamed } from "../findings/view_queries.ts";
import {
  conninfoFor,
  followerSlotOf,
  rebuildFrom,
  RELOAD_COMMAND,
  replicationUser,
  rewindOf,
  slotOfOld,
  startIt,
  stepPlaceOf,
  type StepsInput,
} from "./commands.ts";
import { guardConsumers, SLOT_SYNC_LINES, synchronizesSlots } from "./consumer_steps.ts";
import type { Follower, PreflightStep, StepRisk } from "./preflight.ts";
import { lastRow, lowered } from "./preflight_context.ts";
import { smallerThan } from "./settings.ts";

const REST = "-- keep password, sslmode and other parameters from SHOW primary_conninfo";

/**
 * The steps after the promotion: the other standbys, the old primary, settings and slots.
 *
 * @param input What is known.
 */
export function deriveLaterSteps(input: StepsInput): readonly PreflightStep[] {
  return [
    ...input.followers.flatMap((follower) => attach(input, follower)),
    ...bringBack(input),
    ...finish(input),
  ];
}

function attach(input: StepsInput, follower: Follower): readonly PreflightStep[] {
  const { context } = input;
  const { candidate, view } = context;
  const own = follower.configured ? serverNamed(view, follower.name) : null;
  const where = own === null ? follower.name : stepPlaceOf(own);
  const conninfo = conninfoFor(input, { user: replicationUser(context), name: follower.applicationName });
  const raised = own === null ? [] : smallerThan(own, candidate);
  const follow = [
    ...raised.map(([setting, , needed]) => `ALTER SYSTEM SET ${setting} = ${needed};`),
    `ALTER SYSTEM SET primary_conninfo = ${quoteText(conninfo)}; ${REST}`,
    ...follower.slot === "" ? [] : [`ALTER SYSTEM SET primary_slot_name = ${quoteText(follower.slot)};`],
    raised.length === 0 ? RELOAD_COMMAND : `pg_ctl restart -D "$PGDATA" -m fast`,
  ];
  const expect =
    `on "${candidate.server}": SELECT application_name, state, sync_state FROM pg_stat_replication; shows ` +
    `${follower.applicationName}, streaming`;
  // Both must stream before a clean shutdown, so that neither is ahead afterwards.
  const action = follower.action === "rewind" && context.isPrimaryUp ? "repoint" : follower.action;
  switch (action) {
    case "stays":
      return [];
    case "repoint":
    case "unknown":
      return [{
        title: `Make "${follower.name}" follow "${candidate.server}"`,
        where,
        commands: follow,
        expect,
      }];
    case "rewind":
      return [{
        title: `Rewind "${follower.name}": ${lowered(follower.because)}`,
        where,
        risk: riskOfReturn(follower.name, candidate.server),
        commands: [...rewindOf(candidate), ...startIt(conninfo, follower.slot)],
        expect,
      }];
    case "rebuild":
      return [{
        title: `Rebuild "${follower.name}": ${lowered(follower.because)}`,
        where,
        risk: riskOfReturn(follower.name, candidate.server),
        commands: rebuildFrom(input, { slot: followerSlotOf(follower) }),
        expect,
      }];
  }
}

/** What to know before a server is rewound or rebuilt to follow another. */
export function riskOfReturn(name: string, source: string): StepRisk {
  return {
    because: `"${name}" cannot follow "${source}" as it is`,
    check: `that "${source}" is the right one, and that what only "${name}" has is saved`,
    loses:
      `what only "${name}" has is gone, and pg_rewind overwrites the configuration files in $PGDATA; a rebuild keeps ` +
      "all of it in $PGDATA.old",
  };
}

/** The old primary as a standby: after a clean shutdown it only needs to follow, after a failure it must be rewound. */
function bringBack(input: StepsInput): readonly PreflightStep[] {
  const { context } = input;
  const { primary, candidate, isPrimaryUp } = context;
  if (primary === null) return [];
  const slot = slotOfOld(primary);
  const isSynced = synchronizesSlots(input);
  const conninfo = conninfoFor(input, { user: replicationUser(context), name: primary.server }) +
    (isSynced ? " dbname=postgres" : "");
  const start = [
    ...isSynced ? SLOT_SYNC_LINES : [],
    ...smallerThan(primary, candidate).map(([setting, , needed]) =>
      `echo "${setting} = ${needed}" >> "$PGDATA/postgresql.auto.conf"`
    ),
    ...startIt(conninfo, slot),
  ];
  const expect =
    `on "${candidate.server}", pg_stat_replication shows ${primary.server}, streaming; its log has no message about timelines`;
  const where = stepPlaceOf(primary);
  if (isPrimaryUp) {
    return [{
      title:
        `Bring "${primary.server}" back as a standby; after a clean shutdown that sent everything, it needs no pg_rewind`,
      where,
      commands: start,
      expect,
    }];
  }
  const settings = lastRow(primary, "settings");
  if (mayRewind(settings) === false) {
    return [{
      title:
        `Rebuild "${primary.server}" as a standby (pg_rewind cannot be used: no data checksums, wal_log_hints = off)`,
      where,
      risk: riskOfReturn(primary.server, candidate.server),
      commands: rebuildFrom(input, { slot }),
      expect,
    }];
  }
  return [{
    title: `Bring "${primary.server}" back as a standby with pg_rewind` +
      (settings === null
        ? "; if it has neither data checksums nor wal_log_hints = on, rebuild it with pg_basebackup"
        : "") +
      "; WAL that only it has is lost: save it first",
    where,
    risk: riskOfReturn(primary.server, candidate.server),
    commands: [...rewindOf(candidate), ...start],
    expect,
  }];
}

function finish(input: StepsInput): readonly PreflightStep[] {
  const { context, slots, sync } = input;
  const { candidate, primary } = context;
  const steps: PreflightStep[] = [];
  if (sync.primaryNames !== null && sync.primaryNames !== "") {
    steps.push({
      title: `Once its standbys stream, restore synchronous commit as on "${primary?.server}" (${
        quoteText(sync.primaryNames)
      }), with the old primary's name in place of "${candidate.server}"`,
      where: stepPlaceOf(candidate),
      commands: [
        `ALTER SYSTEM SET synchronous_standby_names = ${quoteText(sync.primaryNames)};`,
        RELOAD_COMMAND,
      ],
      expect: "check sync_state in pg_stat_replication",
    });
  }
  // Their users follow another server now, and an unused slot retains WAL on a standby, too.
  const unused = (slots ?? []).map(({ slot }) => slot);
  if (unused.length > 0 && primary !== null) {
    steps.push({
      title:
        `Once "${primary.server}" is back, drop its slots that are no longer used, or they retain WAL forever` +
        ((slots ?? []).some(({ type }) => type === "logical")
          ? ", and logical ones stop the synchronization of slots"
          : ""),
      where: stepPlaceOf(primary),
      risk: {
        because: `Their users follow "${candidate.server}" now`,
        check:
          `that they do: SELECT slot_name, active FROM pg_replication_slots; shows none of them active, and no cascading standby follows "${primary.server}"`,
        loses: "a standby that still needs one must be rebuilt",
      },
      commands: unused.map((slot) => `SELECT pg_drop_replication_slot(${quoteText(slot)});`),
      expect: "",
    });
  }
  steps.push(...guardConsumers(input));
  steps.push({
    title: "Check everything again",
    where: "",
    commands: ["pg-replication-exporter doctor"],
    expect: "no new finding",
  });
  return steps;
}
