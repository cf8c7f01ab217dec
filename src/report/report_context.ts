import type { SenderFact } from "../domain/facts.ts";
import type { ReportThresholds } from "../domain/thresholds.ts";
import type { ServerSnapshot, View } from "../domain/view.ts";
import { joinSenders } from "../cluster/topology/join_senders.ts";

/** The moment of a report, on both clocks. */
export interface ReportMoment {
  /** Our monotonic seconds. */
  readonly now: number;
  /** The same as Unix seconds. */
  readonly wallNow: number;
}

/** What one cluster's part of a report is derived from. */
export interface ReportScene extends ReportMoment {
  /** Everything that is known. */
  readonly view: View;
  /** `system_identifier` of the cluster. */
  readonly systemIdentifier: string;
  /** Its servers. */
  readonly group: readonly ServerSnapshot[];
  /** Names of the standbys that its sender rows feed. */
  readonly fed: ReadonlyMap<SenderFact, string>;
  /** From where on a standby is a warning or critical. */
  readonly thresholds: ReportThresholds;
}

/**
 * An instant of our monotonic clock as Unix time.
 *
 * @param at Our monotonic seconds; null stays null.
 * @param moment Both clocks at one moment.
 */
export function toUnixSeconds<T extends number | null>(at: T, moment: ReportMoment): T | number {
  return at === null ? at : moment.wallNow - (moment.now - at);
}

/**
 * Names the standby that each sender row feeds: a configured server that the row is joined to, or the standby that is
 * known by this row alone.
 *
 * @param view Everything that is known.
 * @param group The servers of one cluster.
 */
export function deriveFed(view: View, group: readonly ServerSnapshot[]): ReadonlyMap<SenderFact, string> {
  const fed = new Map<SenderFact, string>();
  for (const [standby, { sender }] of joinSenders(group).joined) fed.set(sender, standby);
  for (const upstream of group) {
    for (const sender of upstream.facts.senders ?? []) {
      if (fed.has(sender)) continue;
      const other = view.standbys.find((standby) =>
        !standby.configured && standby.upstream === upstream.server && standby.name === sender.standby
      );
      if (other !== undefined) fed.set(sender, other.name);
    }
  }
  return fed;
}
