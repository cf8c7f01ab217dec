import type { Status } from "../../report/model.ts";
import { EXIT_UNKNOWN } from "../command.ts";

const EXIT_CODES: Readonly<Record<Status, number>> = {
  healthy: 0,
  warning: 1,
  critical: 2,
  unknown: EXIT_UNKNOWN,
};

/**
 * The exit code of a status, as monitoring plugins have it.
 *
 * @param status The status.
 * @returns 0 healthy, 1 warning, 2 critical, 3 unknown.
 */
export function exitCodeOf(status: Status): number {
  return EXIT_CODES[status];
}
