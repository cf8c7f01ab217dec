/**
 * Everything there is to say about why one standby is where it is, and where it is going.
 *
 * @module
 */
import type { StandbyView } from "../../domain/standby.ts";
import { deriveCatchUp } from "./catch_up.ts";
import { deriveCatchUpForecast } from "../lag/forecasts.ts";
import { deriveReason } from "./standby_reason.ts";
import type { StandbySituation } from "./situation.ts";

/** The part of a standby's view that explains it. */
export type Explanation = Pick<
  StandbyView,
  "reason" | "reasonText" | "stage" | "catchUp" | "catchUpText" | "catchUpSeconds" | "fallingBehind"
>;

/** Rates over the window of a catch-up, bytes per second; null when unknown. */
export interface CatchUpRates {
  /** What it replays. */
  readonly replay: number | null;
  /** What its primary writes. */
  readonly wal: number | null;
}

/**
 * Explains one standby.
 *
 * @param situation The standby and those around it.
 * @param rates How fast it replays and its primary writes.
 */
export function explainStandby(situation: StandbySituation, rates: CatchUpRates): Explanation {
  const why = deriveReason(situation);
  const catchUp = deriveCatchUp(situation);
  const forecast = deriveCatchUpForecast({
    lagBytes: situation.lag.bytes,
    lagSeconds: situation.lag.seconds,
    reason: why.reason,
    replayBytesPerSecond: rates.replay,
    walBytesPerSecond: rates.wal,
  });
  return { ...why, catchUp: catchUp?.verdict ?? null, catchUpText: catchUp?.text ?? "", ...forecast };
}
