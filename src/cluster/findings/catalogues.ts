import { databaseChecks } from "./databases.ts";
import { replicatedTableChecks } from "./replicated_tables.ts";

/** Names of the checks that rest on what was read of databases: while one has found something, they are read more often. */
export const CATALOGUE_CHECKS: ReadonlySet<string> = new Set(
  [...replicatedTableChecks, ...databaseChecks].map(({ name }) => name),
);
