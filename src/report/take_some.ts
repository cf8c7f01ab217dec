import { countOf } from "../domain/quantities.ts";
import { type ReportSlot, type Status, STATUSES } from "./model.ts";
import { worstFirst } from "./status.ts";

/** A list of which only the first entries are shown. */
export interface Some<T> {
  /** The entries to show. */
  readonly shown: readonly T[];
  /** Those that are only counted. */
  readonly rest: readonly T[];
}

/**
 * The first entries of a list.
 *
 * @param items The most important first.
 * @param most How many to show.
 */
export function takeSome<T>(items: readonly T[], most = Infinity): Some<T> {
  return { shown: items.slice(0, most), rest: items.slice(Math.min(most, items.length)) };
}

/**
 * The worst entries of a list that is too long; one that is not keeps its order.
 *
 * @param items What has a status.
 * @param most How many to show.
 */
export function takeWorst<T extends { readonly status: Status }>(
  items: readonly T[],
  most = Infinity,
): Some<T> {
  return takeSome(items.length > most ? worstFirst(items) : items, most);
}

/**
 * The slots that are lost soonest or retain most; of a list that is not too long all of them, by status.
 *
 * @param slots The slots.
 * @param most How many to show.
 */
export function takeSlots(slots: readonly ReportSlot[], most = Infinity): Some<ReportSlot> {
  const urgent = slots.length > most ? slots.toSorted(byUrgency) : slots;
  return takeSome(worstFirst(urgent), most);
}

function byUrgency(a: ReportSlot, b: ReportSlot): number {
  const soonest = (a.lost_in_seconds ?? Number.MAX_VALUE) - (b.lost_in_seconds ?? Number.MAX_VALUE);
  return soonest || (b.lag_bytes ?? 0) - (a.lag_bytes ?? 0);
}

/**
 * How many entries are not shown, and in which state they are.
 *
 * @param rest The status of each; null where it has none.
 * @param noun Their kind.
 * @returns For example `2480 more slots: 2300 warning, 180 healthy`.
 */
export function describeRest(rest: readonly (Status | null)[], noun: string): string {
  const counts = STATUSES.toReversed().flatMap((status) => {
    const count = rest.filter((each) => each === status).length;
    return count === 0 ? [] : [`${count} ${status}`];
  });
  return `${countOf(rest.length, `more ${noun}`)}${counts.length === 0 ? "" : `: ${counts.join(", ")}`}`;
}
