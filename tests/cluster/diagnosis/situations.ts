/** Standbys in every situation, to derive from: a harmless one, changed where a test says so. */
import type { Observations } from "../../../src/cluster/memory/standby_observations.ts";
import type { StandbyContext } from "../../../src/cluster/standby_context.ts";
import type { Facts, ServerFact } from "../../../src/domain/facts.ts";
import type { StandbyLag } from "../../../src/domain/lag.ts";
import type { Lsn } from "../../../src/domain/lsn.ts";
import type { ServerErrorKind, ServerSnapshot } from "../../../src/domain/view.ts";
import { build, COLLECT_SECONDS, type Description } from "../build_view.ts";
import { lost, reached, receiver, recovery, sender, server, settings, slot } from "../fixtures.ts";

export const MIB = 1024n * 1024n;

/** Where the primary is in all of them. */
export const END = 100n * MIB;

/** How far behind: bytes, and seconds when they are known. */
export function lagOf(bytes: number | null, seconds: number | null = bytes === 0 ? 0 : null): StandbyLag {
  return {
    server: "standby",
    seconds,
    bytes,
    source: seconds === null ? null : "clock",
    unknownReason: seconds === null ? "history_too_short" : null,
    unknownBecause: "",
  };
}

/** A standby that is reached; by default it streams and has everything. */
export function standby(facts: Facts = {}, fact: Partial<ServerFact> = {}): ServerSnapshot {
  return reached("standby", {
    readAt: 1000,
    facts: {
      server: [server({ inRecovery: true, receivePosition: END, replayPosition: END, ...fact })],
      receiver: [receiver({ lastMessageAgeSeconds: 0.5 })],
      recovery: [recovery()],
      settings: [settings()],
      ...facts,
    },
  });
}

/** The same when it is unreachable. */
export function notReached(kind: ServerErrorKind = "unreachable", own = standby()): ServerSnapshot {
  return { ...lost(own), trouble: { kind, step: "connect", sqlstate: null, message: "Nothing answers" } };
}

/** The primary, reached a moment ago. */
export function primary(facts: Facts = {}): ServerSnapshot {
  return reached("primary", {
    readAt: 1000,
    facts: { server: [server({ writePosition: END })], senders: [], settings: [settings()], ...facts },
  });
}

/** Another standby, which the standby receives from. */
export function cascading(): ServerSnapshot {
  return { ...standby({}, { startUnixSeconds: 1 }), server: "upstream" };
}

/** Its row at the primary. */
export function row(fact: Parameters<typeof sender>[0] = {}) {
  return sender({
    applicationName: "standby",
    sentPosition: END,
    writePosition: END,
    flushPosition: END,
    replayPosition: END,
    serverPosition: END,
    replyAgeSeconds: 0.5,
    ...fact,
  });
}

/** What a test changes of a situation: servers and rows, or what is derived of them. */
export interface Situation extends Partial<Omit<StandbyContext, "observations" | "applied">> {
  /** What it has applied. */
  readonly lastPosition?: Lsn | null;
  /** Bytes of WAL per second that the primary wrote between its collections; null when it was not collected before. */
  readonly primaryBytesPerSecond?: number | null;
  /** What was observed of it over time. */
  readonly observations?: Partial<Observations>;
}

/** The cluster of a situation: the standby, its upstream with its row and slot, and the primary. */
export function describeSituation({ own = standby(), upstream, ...known }: Situation): Description {
  const { sender = row(), slot: its = slot({ restartPosition: END }), primaryBytesPerSecond: rate = 0 } =
    known;
  const from = upstream ?? primary();
  const sending = {
    ...from,
    facts: {
      ...from.facts,
      senders: sender === null ? [] : [sender],
      slots: its === null ? [] : [its],
    },
  };
  const [fact] = from.facts.server ?? [];
  const position = rate === null || fact === undefined ? END : END - BigInt(rate) * BigInt(COLLECT_SECONDS);
  return {
    snapshots: [...from.role === "primary" ? [] : [primary()], sending, ...own === null ? [] : [own]],
    before: {
      standby: { ...standby().facts, server: own?.facts.server ?? [] },
      [from.server]: rate === null ? null : {
        ...sending.facts,
        senders: [row()],
        server: fact?.inRecovery === false ? [{ ...fact, writePosition: position }] : from.facts.server ?? [],
      },
    },
    expectedStandbys: 1,
  };
}

/** A standby in a situation: by default everything is well and at rest. */
export function situation(known: Situation = {}): StandbyContext {
  const { lastPosition, primaryBytesPerSecond: _, observations, ...others } = known;
  const context = build(describeSituation(known)).contexts.find(({ name }) => name === "standby");
  if (context === undefined) throw new Error("The standby has no context");
  return {
    ...context,
    ...others,
    ...lastPosition === undefined
      ? {}
      : { applied: lastPosition === null ? null : { position: lastPosition, at: 1000, timeline: 1 } },
    observations: { ...context.observations, ...observations },
  };
}
