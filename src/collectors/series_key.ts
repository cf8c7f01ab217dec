/**
 * A slot's name as a label. Temporary slots of `pg_basebackup` and of the WAL receiver are named after the process
 * id of the sender that uses them (`pg_basebackup_4711`): with it, each connect would start a new series.
 *
 * @param slot `slot_name`; "" when there is none.
 * @param pid `active_pid`; null when the slot is not in use.
 * @returns The name without a trailing `_PID`.
 */
export function slotLabel(slot: string, pid: number | null): string {
  const suffix = `_${pid}`;
  return pid !== null && slot.endsWith(suffix) ? slot.slice(0, -suffix.length) : slot;
}

/**
 * Numbers twins: the first of equal names keeps its name, the others get `#2`, `#3` and so on.
 *
 * @param taken Names given so far; the name given is added.
 *
 * @example Usage
 * ```ts
 * import { assertEquals } from "@std/assert";
 * const taken = new Set<string>();
 * assertEquals(["a", "a", "b"].map((name) => numberTwin(name, taken)), ["a", "a#2", "b"]);
 * ```
 */
export function numberTwin(name: string, taken: Set<string>): string {
  let numbered = name;
  for (let n = 2; taken.has(numbered); n++) numbered = `${name}#${n}`;
  taken.add(numbered);
  return numbered;
}
