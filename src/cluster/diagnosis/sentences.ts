/**
 * The numbers of a standby as part of a sentence.
 *
 * @module
 */
import { formatBytes, formatSeconds } from "../../domain/quantities.ts";
import type { StandbySituation } from "./situation.ts";

/**
 * How far behind a standby is, in words.
 *
 * @param situation The standby.
 * @param before What joins it to the sentence before it.
 * @param caughtUp What is said of one that lacks nothing; by default that.
 * @returns For example `; 1.5 MiB and 3.0 s behind`; "" when nothing is known.
 */
export function behind(
  { lag }: Pick<StandbySituation, "lag">,
  before: string,
  caughtUp = "it lacks nothing so far",
): string {
  if (lag.bytes === 0) return `${before}${caughtUp}`;
  const parts: string[] = [];
  if (lag.bytes !== null) parts.push(formatBytes(lag.bytes));
  if (lag.seconds !== null) parts.push(formatSeconds(lag.seconds));
  return parts.length === 0 ? "" : `${before}${parts.join(" and ")} behind`;
}
