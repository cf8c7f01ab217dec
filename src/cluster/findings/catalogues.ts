import type { Check } from "./check.ts";
import { databaseChecks } from "./databases.ts";
import { replicatedTableChecks } from "./replicated_tables.ts";

/** Conditions that only the catalogues of databases show. */
export const catalogueChecks: readonly Check[] = [...replicatedTableChecks, ...databaseChecks];

/** Their names: while one of them has found something, databases are read more often. */
export const CATALOGUE_CHECKS: ReadonlySet<string> = new Set(catalogueChecks.map(({ name }) => name));
