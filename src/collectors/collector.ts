/**
 * The contract every collector fulfils.
 *
 * A collector is one file that calls {@linkcode defineCollector}: its SQL per version range, the decoding of a row into
 * a typed fact, and its families, each beside the value it takes from a fact. Adding one is that file, one line in
 * `registry.ts` and one test.
 *
 * @module
 */
import type { CollectorName, FactsByCollector, ServerFact } from "../domain/facts.ts";
import { isInRange, type VersionRange } from "../domain/pg_version.ts";
import type { Role } from "../domain/role.ts";
import {
  defineFamily,
  type FamilyDefinition,
  type LabelValues,
  type MeasuredValue,
  type Measurement,
  measureStates,
} from "../metrics/family.ts";
import type { Row } from "../postgres/decode.ts";
import { PostgresError } from "../postgres/errors.ts";

/** One statement and the versions it is for. */
export interface VersionedSql extends VersionRange {
  /** The statement: a single one, without parameters. */
  readonly sql: string;
}

/** A predefined role whose rights a collector needs; `pg_monitor` includes `pg_read_all_stats`. */
export type Right = "pg_read_all_stats" | "pg_monitor";

/** Limits of one statement. */
export interface StatementLimits {
  /** Cancels the statement earlier than the session's `statement_timeout`, seconds. */
  readonly statementTimeoutSeconds?: number;
}

/** The server a collector reads from. */
export interface CollectContext {
  /** `server_version_num` of the server. */
  readonly versionNum: number;
  /** The server's role when the collection was planned. */
  readonly role: Role;
  /**
   * Sends a statement; rows are text. Statements of all collectors travel together: call it before the first `await`.
   *
   * @throws {PostgresError} When it fails.
   */
  query(sql: string, limits?: StatementLimits): Promise<readonly Row[]>;
}

/** What decides whether a server has anything for a collector to read. */
export type ServerContent = Pick<
  ServerFact,
  "inRecovery" | "hasSubscriptions" | "hasLogicalSlots" | "canReadOrigins"
>;

/** A collector. */
export interface Collector<K extends CollectorName = CollectorName> {
  /** Name, as in the flag `--collector.NAME` and the `collector` label. */
  readonly name: K;
  /** One line for `--help`. */
  readonly help: string;
  /** Roles it applies to. */
  readonly roles: readonly Role[];
  /** Right without which its rows would be missing or NULL; without it the collector is skipped. */
  readonly right?: Right;
  /** Whether the server has anything for it to read: without, it costs no statement and no series. Absent: always. */
  readonly applies?: (server: ServerContent) => boolean;
  /** Functions and views without which it fails; without others their values are NULL. Absent: it needs all. */
  readonly needs?: readonly string[];
  /** Its statements; the ranges do not overlap and leave no gap from the first version up. */
  readonly statements: readonly VersionedSql[];
  /** Families it publishes. */
  readonly families: readonly FamilyDefinition[];
  /** Reads the facts of a server and yields each as it is decoded. */
  collect(context: CollectContext): AsyncGenerator<FactsByCollector[K]>;
  /** Turns facts into measurements; `labels` are the server's `instance` and `cluster`. */
  measure(facts: readonly FactsByCollector[K][], labels: LabelValues): Iterable<Measurement>;
}

/**
 * A setting of the server as SQL: NULL where a default of our role or database, which holds for few sessions, hides it, or
 * those defaults cannot be read.
 *
 * @param name A setting that a session may change.
 */
export function serverSetting(name: string): string {
  // A function that may not be executed is NULL.
  return `CASE WHEN pg_catalog.has_table_privilege('pg_catalog.pg_db_role_setting', 'SELECT')
    AND pg_catalog.has_table_privilege('pg_catalog.pg_database', 'SELECT')
    AND ROW(pg_catalog.current_database(), pg_catalog.pg_get_userbyid(10), pg_catalog.array_to_string(ARRAY['x'], ',')) IS NOT NULL
    AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_db_role_setting AS own
    WHERE (own.setrole <> 0 OR own.setdatabase <> 0)
      AND (own.setrole = 0 OR pg_catalog.pg_get_userbyid(own.setrole) = SESSION_USER)
      AND (own.setdatabase = 0 OR own.setdatabase = (
        SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
      AND pg_catalog.array_to_string(own.setconfig, E'\\n') ~ E'(^|\\n)${name}='
  ) THEN pg_catalog.current_setting('${name}') END`;
}

/** The statement for a version (`server_version_num`), or `null` when there is none. */
export function statementFor(statements: readonly VersionedSql[], versionNum: number): string | null {
  return statements.find((statement) => isInRange(versionNum, statement))?.sql ?? null;
}

/**
 * A family and how it is measured, in one of five ways: one `value` per fact; `values` by a label that distinguishes
 * them; the current `state` of all `states`, each a series of 0 or 1; `info`, a 1 with labels read from the fact; one
 * `total` for all facts of the server.
 */
export type FactFamily<Fact> =
  & { readonly help: string }
  & (
    | { readonly value: (fact: Fact) => MeasuredValue }
    | { readonly label: string; readonly values: (fact: Fact) => Readonly<Record<string, MeasuredValue>> }
    | {
      readonly label: string;
      readonly states: readonly string[];
      readonly state: (fact: Fact) => string | null;
    }
    | { readonly info: Readonly<Record<string, (fact: Fact) => string>> }
    | { readonly total: (facts: readonly Fact[]) => MeasuredValue }
  );

/** How rows become facts: one by one, or all at once where a fact depends on other rows or is not one row. */
export type FactDecoding<Fact> =
  | { readonly decode: (row: Row) => Fact }
  | { readonly decodeAll: (rows: readonly Row[]) => Iterable<Fact> };

/** What a collector declares. */
export type CollectorOptions<K extends CollectorName> =
  & Pick<Collector<K>, "name" | "help" | "roles" | "right" | "applies" | "needs">
  & StatementLimits
  & FactDecoding<FactsByCollector[K]>
  & {
    /** Its statement, or one per range of versions. */
    readonly sql: string | readonly VersionedSql[];
    /** SQLSTATE with which the statement reports that there is nothing to read. */
    readonly emptyOn?: string;
    /** Labels that identify a fact among those of its server. `taken` starts empty at each measuring. */
    readonly key?: Readonly<Record<string, (fact: FactsByCollector[K], taken: Set<string>) => string>>;
    /** Whether the login sees too little of the fact to measure it. */
    readonly isHidden?: (fact: FactsByCollector[K]) => boolean;
    /** Its families by full name. */
    readonly families: Readonly<Record<string, FactFamily<FactsByCollector[K]>>>;
  };

/**
 * Makes a collector of its declaration.
 *
 * `collect` sends the statement for the server's version at once and yields each fact as it is decoded. It throws
 * {@linkcode PostgresError} when the statement fails and `TypeError` when a row lacks what the statement promises.
 */
export function defineCollector<K extends CollectorName>(options: CollectorOptions<K>): Collector<K> {
  type Fact = FactsByCollector[K];
  const { sql, statementTimeoutSeconds, emptyOn, key = {}, isHidden } = options;
  const statements = typeof sql === "string" ? [{ sql }] : sql;
  const limits = statementTimeoutSeconds === undefined ? {} : { statementTimeoutSeconds };
  const keyLabels = Object.entries(key);
  const families: FamilyDefinition[] = [];
  const totals: Sampler<readonly Fact[]>[] = [];
  const samplers: Sampler<Fact>[] = [];
  for (const [name, source] of Object.entries(options.families)) {
    const labels = "total" in source ? [] : [...Object.keys(key), ...ownLabels(source)];
    const family = defineFamily(name, { help: source.help, labels });
    families.push(family);
    if ("total" in source) {
      totals.push((facts, labels, add) => add(family, labels, source.total(facts)));
    } else samplers.push(samplerOf(family, source));
  }
  return {
    ...options,
    statements,
    families,
    async *collect(context) {
      const statement = statementFor(statements, context.versionNum);
      if (statement === null) return;
      const rows = await context.query(statement, limits).catch((error: unknown): readonly Row[] => {
        if (emptyOn !== undefined && error instanceof PostgresError && error.sqlstate === emptyOn) return [];
        throw error;
      });
      if ("decodeAll" in options) yield* options.decodeAll(rows);
      else for (const row of rows) yield options.decode(row);
    },
    measure(facts, serverLabels) {
      const measurements: Measurement[] = [];
      const add = (family: FamilyDefinition, labels: LabelValues, value: MeasuredValue) => {
        if (value !== null && value !== undefined) {
          measurements.push({ family, labels, value: Number(value) });
        }
      };
      for (const sample of totals) sample(facts, serverLabels, add);
      const taken = new Set<string>();
      for (const fact of facts) {
        if (isHidden?.(fact)) continue;
        const labels: Record<string, string> = { ...serverLabels };
        for (const [label, valueOf] of keyLabels) labels[label] = valueOf(fact, taken);
        for (const sample of samplers) sample(fact, labels, add);
      }
      return measurements;
    },
  };
}

/** Adds the samples of one family. */
type Sampler<Measured> = (measured: Measured, labels: LabelValues, add: AddSample) => void;
type AddSample = (family: FamilyDefinition, labels: LabelValues, value: MeasuredValue) => void;

type PerFact<Fact> = Exclude<FactFamily<Fact>, { readonly total: unknown }>;

function ownLabels<Fact>(source: PerFact<Fact>): readonly string[] {
  if ("info" in source) return Object.keys(source.info);
  return "label" in source ? [source.label] : [];
}

function samplerOf<Fact>(family: FamilyDefinition, source: PerFact<Fact>): Sampler<Fact> {
  if ("value" in source) return (fact, labels, add) => add(family, labels, source.value(fact));
  if ("states" in source) {
    return (fact, labels, add) => {
      for (const { labels: own, value } of measureStates(family, labels, source.states, source.state(fact))) {
        add(family, own, value);
      }
    };
  }
  if ("values" in source) {
    return (fact, labels, add) => {
      for (const [each, value] of Object.entries(source.values(fact))) {
        add(family, { ...labels, [source.label]: each }, value);
      }
    };
  }
  const infoLabels = Object.entries(source.info);
  return (fact, labels, add) => {
    const own: Record<string, string> = { ...labels };
    for (const [label, valueOf] of infoLabels) own[label] = valueOf(fact);
    add(family, own, 1);
  };
}
