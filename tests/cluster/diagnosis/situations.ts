/** Standbys in every situation, to derive from: a harmless one, changed where a test says so. */
import type { Facts, ServerFact } from "../../../src/domain/facts.ts";
import type { StandbyLag } from "../../../src/domain/lag.ts";
import type { ServerErrorKind, ServerSnapshot } from "../../../src/domain/view.ts";
import { NO_OBSERVATIONS, type Observations } from "../../../src/cluster/diagnosis/standby_observations.ts";
import type { StandbySituation } from "../../../src/cluster/diagnosis/situation.ts";
import { lost, reached, receiver, recovery, sender, server, slot } from "../fixtures.ts";

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

/** Settings with the timeouts of a fresh server. */
export const SETTINGS = {
  dataChecksums: true,
  fsync: true,
  fullPageWrites: true,
  walLogHints: false,
  maxConnections: 100,
  maxWorkerProcesses: 8,
  maxPreparedTransactions: 0,
  maxLocksPerTransaction: 64,
  walSenderTimeoutSeconds: 60,
  walReceiverTimeoutSeconds: 60,
  walReceiverStatusIntervalSeconds: 10,
  maxStandbyStreamingDelaySeconds: 30,
  synchronousStandbyNames: "",
  maxSlotWalKeepBytes: null,
  hasArchiveCommand: true,
  recoveryTargetTimeline: "latest",
  hasRecoveryTarget: false,
} as const;

/** A standby that is reached; by default it streams and has everything. */
export function standby(facts: Facts = {}, fact: Partial<ServerFact> = {}): ServerSnapshot {
  return reached("standby", {
    readAt: 1000,
    facts: {
      server: [server({ inRecovery: true, receivePosition: END, replayPosition: END, ...fact })],
      receiver: [receiver({ lastMessageAgeSeconds: 0.5 })],
      recovery: [recovery()],
      settings: [SETTINGS],
      ...facts,
    },
  });
}

/** The same when it is not reached. */
export function notReached(kind: ServerErrorKind = "unreachable", own = standby()): ServerSnapshot {
  return { ...lost(own), trouble: { kind, step: "connect", sqlstate: null, message: "Nothing answers" } };
}

/** The primary, reached a moment ago. */
export function primary(facts: Facts = {}): ServerSnapshot {
  return reached("primary", {
    readAt: 1000,
    facts: { server: [server({ writePosition: END })], senders: [], settings: [SETTINGS], ...facts },
  });
}

/** Its row at the primary. */
export function row(fact: Parameters<typeof sender>[0] = {}) {
  return sender({
    applicationName: "standby",
    slot: "standby",
    sentPosition: END,
    writePosition: END,
    flushPosition: END,
    replayPosition: END,
    serverPosition: END,
    replyAgeSeconds: 0.5,
    ...fact,
  });
}

/** A situation: by default everything is well and at rest. */
export function situation(
  { signs, ...known }: Partial<Omit<StandbySituation, "signs">> & { readonly signs?: Partial<Observations> } =
    {},
): StandbySituation {
  return {
    own: standby(),
    upstream: primary(),
    sender: row(),
    slot: slot({ restartPosition: END }),
    connected: true,
    stranded: false,
    lag: lagOf(0),
    receivedLagSeconds: 0,
    primaryPosition: END,
    primaryPositionThen: null,
    latest: null,
    primaryBytesPerSecond: 0,
    lastPosition: END,
    ...known,
    signs: { ...NO_OBSERVATIONS, received: END, waitingSeconds: 0, receiverSeen: true, ...signs },
  };
}
