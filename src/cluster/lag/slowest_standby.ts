import type { StandbyLag } from "../../domain/lag.ts";
import type { ServerSnapshot, SlowestStandby } from "../../domain/view.ts";

/**
 * The largest known lag; 0 only when every lag is known.
 *
 * @param lags Lags of all standbys of its cluster.
 * @param primary The primary.
 */
export function slowestOf(
  lags: readonly Pick<StandbyLag, "seconds" | "bytes">[],
  primary: ServerSnapshot,
): SlowestStandby {
  const areSendersKnown = primary.facts.senders !== undefined;
  const largest = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    const max = Math.max(0, ...known);
    const isComplete = areSendersKnown && known.length === values.length;
    return isComplete || max > 0 ? max : null;
  };
  return { seconds: largest(lags.map((lag) => lag.seconds)), bytes: largest(lags.map((lag) => lag.bytes)) };
}
