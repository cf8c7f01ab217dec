/**
 * Standbys that nobody configured: seen as sender rows of a primary, and remembered when their row is gone.
 *
 * @module
 */
import type { SenderFact } from "../domain/facts.ts";
import type { Lsn } from "../domain/lsn.ts";
import type { ServerSnapshot } from "../domain/view.ts";
import { unaccountedRows } from "./connected.ts";
import { type SenderJoin, serverFact } from "./identity.ts";
import type { LagClock } from "./lag_clock.ts";

/** Remembered at most per cluster; beyond it the one longest gone is forgotten. */
const MOST_REMEMBERED = 100;

interface Remembered {
  readonly position: Lsn | null;
  readonly at: number;
  readonly replayLagSeconds: number | null;
  /** Whether its row was there at the latest collection of its primary. */
  readonly present: boolean;
}

/** The lag of a standby that is not configured. */
export interface OtherLag {
  /** Application name and slot of its sender row, `#2` and so on behind twins. */
  readonly standby: string;
  /** Seconds behind; null when unknown. */
  readonly seconds: number | null;
  /** Bytes behind; null when unknown. */
  readonly bytes: number | null;
}

/**
 * Remembers, per cluster, standbys that are not configured by the key of their sender row.
 *
 * A row without a name that joins it to a configured server is not remembered while configured standbys account
 * for it; the standby that left is then seen to have left by its own server.
 */
export class RememberedStandbys {
  readonly #clusters = new Map<string, Map<string, Remembered>>();

  /**
   * Takes in the sender rows of a cluster's primaries.
   *
   * @param systemIdentifier The cluster.
   * @param group Its servers.
   * @param senders Their sender rows.
   */
  observe(systemIdentifier: string, group: readonly ServerSnapshot[], senders: SenderJoin): void {
    const primaries = group.filter((each) =>
      each.up && each.role === "primary" && each.facts.senders !== undefined
    );
    if (primaries.length === 0) return;
    const standbys = this.#clusters.get(systemIdentifier) ?? new Map<string, Remembered>();
    this.#clusters.set(systemIdentifier, standbys);
    for (const [key, standby] of standbys) standbys.set(key, { ...standby, present: false });
    for (const { sender } of senders.joined.values()) standbys.delete(keyOf(sender));
    const accountedFor = unaccountedRows(group, senders) === 0;
    const seen = new Map<string, number>();
    for (const { upstream, sender } of senders.others) {
      if (upstream.role !== "primary" || upstream.readAt === null) continue;
      const twin = (seen.get(keyOf(sender)) ?? 0) + 1;
      seen.set(keyOf(sender), twin);
      const key = twin === 1 ? keyOf(sender) : `${keyOf(sender)}#${twin}`;
      const before = standbys.get(key);
      standbys.delete(key);
      if (accountedFor) continue;
      standbys.set(key, {
        position: sender.replayPosition ?? before?.position ?? null,
        at: upstream.readAt,
        replayLagSeconds: sender.replayLagSeconds,
        present: true,
      });
    }
    // A map keeps the order of insertion, and each row seen is inserted anew: the first is the longest gone.
    for (const key of standbys.keys()) {
      if (standbys.size <= MOST_REMEMBERED) break;
      standbys.delete(key);
    }
  }

  /**
   * The lag of each of them against a primary.
   *
   * @param systemIdentifier The cluster.
   * @param options The primary, the moment and the clock.
   */
  lagsOf(
    systemIdentifier: string,
    { primary, at, lagClock }: {
      readonly primary: ServerSnapshot;
      readonly at: number;
      readonly lagClock: LagClock;
    },
  ): readonly OtherLag[] {
    const timeline = serverFact(primary)?.timeline ?? null;
    const lags: OtherLag[] = [];
    for (const [standby, known] of this.#clusters.get(systemIdentifier) ?? []) {
      if (known.position === null || timeline === null) {
        lags.push({ standby, seconds: null, bytes: null });
        continue;
      }
      const { seconds, bytes } = lagClock.lagOf({
        systemIdentifier,
        timeline,
        appliedPosition: known.position,
        at: known.present ? known.at : at,
      });
      lags.push({ standby, seconds: seconds ?? (known.present ? known.replayLagSeconds : null), bytes });
    }
    return lags;
  }
}

/** Name and slot; no address, which a standby may change, and no slot that dies with its connection. */
function keyOf({ applicationName, slot }: SenderFact): string {
  return slot === "" || slot.startsWith("pg_walreceiver_") ? applicationName : `${applicationName} ${slot}`;
}
