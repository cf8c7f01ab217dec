import type { Lsn } from "../../domain/lsn.ts";
import type { Role } from "../../domain/role.ts";

/** What `wait` waits for: every part that is given, at the same time. */
export interface WaitGoal {
  /** It streams, and has replayed everything that the primary has written. */
  readonly isCaughtUp: boolean;
  /** Largest lag, seconds; null: any. */
  readonly maxLagSeconds: number | null;
  /** Position that it must have replayed, or written as a primary; null: any. */
  readonly position: Lsn | null;
  /** Its role; null: any. */
  readonly role: Role | null;
}

/** How far a server is from a goal. */
export interface WaitState {
  /** Whether the goal is reached; null while that is unknown. */
  readonly isReached: boolean | null;
  /** What holds, or what is missing: one phrase. */
  readonly text: string;
}

/** All of several states: reached when all are, unknown when one is and none is missing. */
export function joinWaitStates(states: readonly WaitState[]): WaitState {
  const isReached = states.some((state) => state.isReached === false)
    ? false
    : states.some((state) => state.isReached === null)
    ? null
    : true;
  const shown = states.filter((state) => isReached === true || state.isReached !== true);
  return { isReached, text: shown.map(({ text }) => text).join("; ") };
}
