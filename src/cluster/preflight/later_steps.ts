import { quoteText } from "../../domain/sql_text.ts";
import { mayRewind } from "../topology/stranded.ts";
import { hostAndPort, serverNamed } from "../findings/view_queries.ts";
import {
  conninfoFor,
  placeOf,
  rebuildFrom,
  RELOAD,
  replicationUser,
  rewindOf,
  slotOf,
  slotOfOld,
  startIt,
  type StepsInput,
} from "./commands.ts";
import type { Follower, PreflightStep } from "./preflight.ts";
import { lastRow } from "./preflight_context.ts";
import { smallerThan } from "./settings.ts";

const REST = "-- keep password, sslmode and the like as SHOW primary_conninfo has them";
/**
 * The steps behind the promotion: the other standbys, the old primary, and what else has to be set right.
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
  const where = own === null ? follower.name : placeOf(own);
  const conninfo = conninfoFor(input, { user: replicationUser(context), name: follower.applicationName });
  const raised = own === null ? [] : smallerThan(own, candidate);
  const follow = [
    ...raised.map(([setting, , needed]) => `ALTER SYSTEM SET ${setting} = ${needed};`),
    `ALTER SYSTEM SET primary_conninfo = ${quoteText(conninfo)}; ${REST}`,
    ...follower.slot === "" ? [] : [`ALTER SYSTEM SET primary_slot_name = ${quoteText(follower.slot)};`],
    raised.length === 0 ? RELOAD : `pg_ctl restart -D "$PGDATA" -m fast`,
  ];
  const expect =
    `On "${candidate.server}": SELECT application_name, state, sync_state FROM pg_stat_replication; has ` +
    `${follower.applicationName}, streaming`;
  // Before an orderly stop both have to stream, so that nobody is ahead afterwards.
  const action = follower.action === "rewind" && context.isPrimaryUp ? "repoint" : follower.action;
  switch (action) {
    case "stays":
      return [];
    case "repoint":
    case "unknown":
      return [{
        title: `Let "${follower.name}" follow "${candidate.server}"`,
        where,
        commands: follow,
        expect,
      }];
    case "rewind":
      return [{
        title: `Rewind "${follower.name}": ${follower.because}`,
        where,
        commands: [...rewindOf(candidate), ...startIt(conninfo, follower.slot)],
        expect,
      }];
    case "rebuild":
      return [{
        title: `Rebuild "${follower.name}": ${follower.because}`,
        where,
        commands: rebuildFrom(input, { slot: slotOf(follower) }),
        expect,
      }];
  }
}

/** The old primary as a standby: after an orderly stop it only has to follow, after a failure it must be rewound. */
function bringBack(input: StepsInput): readonly PreflightStep[] {
  const { context } = input;
  const { primary, candidate, isPrimaryUp } = context;
  if (primary === null) return [];
  const slot = slotOfOld(primary);
  const conninfo = conninfoFor(input, { user: replicationUser(context), name: primary.server });
  const start = [
    ...smallerThan(primary, candidate).map(([setting, , needed]) =>
      `echo "${setting} = ${needed}" >> "$PGDATA/postgresql.auto.conf"`
    ),
    ...startIt(conninfo, slot),
  ];
  const expect =
    `On "${candidate.server}", pg_stat_replication has ${primary.server}, streaming; its log says nothing of timelines`;
  const where = placeOf(primary);
  if (isPrimaryUp) {
    return [{
      title:
        `Bring "${primary.server}" back as a standby; stopped in order and with all it had received, it needs no pg_rewind`,
      where,
      commands: start,
      expect,
    }];
  }
  const settings = lastRow(primary, "settings");
  if (mayRewind(settings) === false) {
    return [{
      title:
        `Rebuild "${primary.server}" as a standby (pg_rewind cannot work: no data checksums, wal_log_hints = off)`,
      where,
      commands: rebuildFrom(input, { slot }),
      expect,
    }];
  }
  return [{
    title: `Bring "${primary.server}" back as a standby, rewound` +
      (settings === null
        ? "; without data checksums and wal_log_hints = on it must be rebuilt with pg_basebackup"
        : "") +
      ": what only it has is lost, save it first",
    where,
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
      title: `When its standbys stream: synchronous commit as "${primary?.server}" had it (${
        quoteText(sync.primaryNames)
      }), with the old primary's name in place of "${candidate.server}"`,
      where: placeOf(candidate),
      commands: [`ALTER SYSTEM SET synchronous_standby_names = ${quoteText(sync.primaryNames)};`, RELOAD],
      expect: "sync_state in pg_stat_replication",
    });
  }
  const logical = (slots ?? []).filter(({ type }) => type === "logical");
  if (logical.length > 0) {
    steps.push({
      title: `Subscribers of ${
        logical.map(({ slot }) => `"${slot}"`).join(", ")
      }: give them the new address; where the ` +
        "slot did not follow, drop and make the subscription anew, which copies its tables",
      where: "each subscriber",
      commands: [
        `ALTER SUBSCRIPTION NAME CONNECTION '${hostAndPort(candidate)} dbname=... user=...';`,
      ],
      expect: `On "${candidate.server}": SELECT slot_name, active FROM pg_replication_slots;`,
    });
  }
  // Whoever used them follows another server now, and a slot that nobody uses keeps WAL on a standby, too.
  const unused = (slots ?? []).filter(({ type }) => type === "physical").map(({ slot }) => slot);
  if (unused.length > 0 && primary !== null) {
    steps.push({
      title:
        `Once "${primary.server}" is back: drop the slots there that nobody uses any more, or they keep WAL for ever`,
      where: placeOf(primary),
      commands: unused.map((slot) => `SELECT pg_drop_replication_slot(${quoteText(slot)});`),
      expect: "",
    });
  }
  steps.push({
    title: "Look at everything once more",
    where: "",
    commands: ["pg-replication-exporter doctor"],
    expect: "No finding that was not there before",
  });
  return steps;
}
