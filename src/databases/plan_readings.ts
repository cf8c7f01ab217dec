import type { SlotFact } from "../domain/facts.ts";
import type { ServerSnapshot, ServerView, View } from "../domain/view.ts";

/** A database to read. */
export interface PlannedReading {
  /** Name of the server. */
  readonly server: string;
  /** Name of the database. */
  readonly database: string;
  /** Changes when a subscription or a slot there is made, changed or dropped, or a table begins or ends to be copied. */
  readonly state: string;
  /** Changes when one of its subscriptions fails. */
  readonly errors: number;
}

/** The databases of a server that are read, and those that are too many. */
export interface ServerPlan {
  /** Those to read. */
  readonly readings: readonly PlannedReading[];
  /** Names of further ones. */
  readonly omitted: readonly PlannedReading[];
}

/** Most databases of a server that are read. */
export const MOST_DATABASES = 50;

/**
 * Databases with publications or subscriptions: of every primary that responds, those that a subscription or a slot of
 * the plugin `pgoutput` belongs to.
 *
 * @param view Everything known.
 */
export function planReadings(view: View): readonly ServerPlan[] {
  return view.servers
    .filter(({ up, role, aliasOf }) => up && role === "primary" && aliasOf === null)
    .map((server) => {
      const all = databasesOf(server);
      return { readings: all.slice(0, MOST_DATABASES), omitted: all.slice(MOST_DATABASES) };
    })
    .filter(({ readings }) => readings.length > 0);
}

/** Whether a server has a database to read. */
export function mayReplicateLogically({ role, facts }: ServerSnapshot): boolean {
  return role === "primary" &&
    ((facts.subscriptions ?? []).length > 0 || (facts.slots ?? []).some(isPublishing));
}

function isPublishing({ plugin }: SlotFact): boolean {
  return plugin === "pgoutput";
}

function databasesOf({ server, facts }: ServerView): readonly PlannedReading[] {
  const states = [
    ...(facts.slots ?? []).filter(isPublishing).map(({ database, slot }) => ({
      database,
      state: slot,
      errors: 0,
    })),
    ...(facts.subscriptions ?? []).map((each) => ({
      database: each.database,
      state: JSON.stringify([
        each.name,
        each.enabled,
        each.publications,
        each.copies.length,
      ]),
      errors: (each.applyErrorsTotal ?? 0) + (each.syncErrorsTotal ?? 0),
    })),
  ].filter(({ database }) => database !== "");
  return [...Map.groupBy(states, ({ database }) => database)]
    .map(([database, own]) => ({
      server,
      database,
      state: own.map(({ state }) => state).join(" "),
      errors: own.reduce((sum, { errors }) => sum + errors, 0),
    }))
    .toSorted((a, b) => a.database < b.database ? -1 : 1);
}
