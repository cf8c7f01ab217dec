/**
 * Faults of one standby while its primary keeps running: each is injected and healed separately, so that several standbys
 * of one cluster can have different faults at the same time.
 *
 * @module
 */
import type { Server } from "../../compose/lab/server.ts";
import type { StandbyReason } from "../../src/domain/standby.ts";
import type { Stage } from "./stage.ts";

/** A fault of one standby. */
export interface StandbyFault {
  /** Its name on the command line and in the table. */
  readonly id: string;
  /** Description of the fault. */
  readonly title: string;
  /** The reason that `pgrepl_standby_reason` must report. */
  readonly reason: StandbyReason;
  /** Seconds after which it must be reported: silence takes time to be distinguished from idleness. */
  readonly reasonWithinSeconds: number;
  /** Preparation while everything is healthy: may write WAL and take time. */
  prepare?(stage: Stage, standby: Server): Promise<void>;
  /** Injects it while nothing is written and the standby has everything. */
  impose(stage: Stage, standby: Server): Promise<void>;
  /** Undoes it. */
  heal(stage: Stage, standby: Server): Promise<void>;
}

async function restartWithoutLink({ cluster, witness }: Stage, standby: Server): Promise<void> {
  cluster.faults.cutLink(standby);
  await cluster.faults.restart(standby);
  await witness.unblind(standby);
}

function healLink({ cluster }: Stage, standby: Server): Promise<void> {
  cluster.faults.healLink(standby);
  return Promise.resolve();
}

/** Every fault; those that take longest to inject first. */
export const STANDBY_FAULTS: readonly StandbyFault[] = [
  {
    id: "E2",
    title: "Link cut, standby restarted after a restartpoint",
    reason: "disconnected",
    reasonWithinSeconds: 3,
    async prepare({ cluster, markers }, standby) {
      await cluster.primary.sql("CHECKPOINT");
      await markers.untilVisible([standby]);
      await cluster.untilCaughtUp(standby);
      await standby.sql("CHECKPOINT");
    },
    impose: restartWithoutLink,
    heal: healLink,
  },
  {
    id: "E6",
    title: "Standby restarted without a link",
    reason: "disconnected",
    reasonWithinSeconds: 3,
    impose: restartWithoutLink,
    heal: healLink,
  },
  {
    id: "E1",
    title: "Link cut while caught up, then writes",
    reason: "disconnected",
    reasonWithinSeconds: 3,
    impose({ cluster }, standby) {
      cluster.faults.cutLink(standby);
      return Promise.resolve();
    },
    heal: healLink,
  },
  {
    id: "E3",
    title: "Receiver frozen, the link half open",
    reason: "half_open",
    reasonWithinSeconds: 12,
    impose: ({ cluster }, standby) => cluster.faults.freezeReceiver(standby),
    heal({ cluster }, standby) {
      cluster.faults.thawReceiver(standby);
      return Promise.resolve();
    },
  },
  {
    id: "E4",
    title: "Replay paused while WAL arrives",
    reason: "paused",
    reasonWithinSeconds: 3,
    impose: ({ cluster }, standby) => cluster.faults.pauseReplay(standby),
    heal: ({ cluster }, standby) => cluster.faults.resumeReplay(standby),
  },
  {
    id: "stall",
    title: "Network stalled, nothing reset",
    reason: "half_open",
    reasonWithinSeconds: 12,
    impose({ cluster }, standby) {
      cluster.faults.stallLink(standby);
      return Promise.resolve();
    },
    heal: healLink,
  },
  {
    id: "kill",
    title: "Standby killed",
    reason: "unreachable",
    reasonWithinSeconds: 5,
    async impose({ cluster, witness }, standby) {
      witness.blind(standby);
      await cluster.faults.kill(standby);
    },
    async heal({ cluster, witness }, standby) {
      await cluster.faults.start(standby);
      await witness.unblind(standby);
    },
  },
  {
    id: "freeze",
    title: "Standby frozen, connections stay open",
    reason: "unreachable",
    reasonWithinSeconds: 12,
    async impose({ cluster, witness }, standby) {
      witness.blind(standby);
      await cluster.faults.freeze(standby);
    },
    async heal({ cluster, witness }, standby) {
      await cluster.faults.thaw(standby);
      await witness.unblind(standby);
    },
  },
];
