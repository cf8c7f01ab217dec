import process from "node:process";
import type { ServerErrorKind, ServerSnapshot } from "../domain/view.ts";
import {
  defineFamilies,
  type FamilyDefinition,
  type LabelValues,
  measure,
  type Measurement,
  measureStates,
} from "../metrics/family.ts";

const WATCH = defineFamilies({
  pgrepl_collector_success: {
    help:
      "Whether the collector succeeded in the latest collection (1) or failed (0); absent when it was skipped.",
    labels: ["collector"],
  },
  pgrepl_collector_duration_seconds: {
    help:
      "Time from sending the collector's statement until its rows were decoded, in the latest collection. " +
      "Statements travel together, so a slow one delays those behind it too.",
    labels: ["collector"],
  },
  pgrepl_collector_outcome: {
    help:
      "Outcome of the collector in the latest collection: ok, empty (no rows), skipped (version, role or right) " +
      "or failed; 1 for the current outcome.",
    labels: ["collector", "outcome"],
  },
  pgrepl_collection_age_seconds:
    "Seconds since the server was last read; grows while the server is unreachable.",
  pgrepl_collection_duration_seconds:
    "Duration of the latest collection of the server, including a reconnect.",
  pgrepl_connects_total:
    "Connections opened to the server. One is kept; each further one follows a lost one.",
  pgrepl_errors_total: { help: "Failed statements and connection attempts, by kind.", labels: ["kind"] },
});

const EXPORTER = defineFamilies({
  pgrepl_rejected_samples:
    "Invalid or duplicate samples left off this page. Anything but 0 is a defect of this program.",
  pgrepl_config_last_reload_successful:
    "Whether the latest reload of the configuration succeeded (1). 0: it failed and the previous configuration stays in " +
    "effect; the log has the reason.",
  pgrepl_config_last_reload_success_timestamp_seconds:
    "When the configuration in effect was read, Unix time.",
  pgrepl_build_info: {
    help: "Version and source revision of this program, and the runtime it was built with.",
    labels: ["version", "revision", "deno"],
  },
  process_cpu_seconds_total: "User and system CPU time used by this process.",
  process_resident_memory_bytes: "Resident memory of this process.",
  process_start_time_seconds: "When this process started, Unix time.",
}, { common: [] });

/** Families about the exporter itself. */
export const selfFamilies: readonly FamilyDefinition[] = Object.values({ ...WATCH, ...EXPORTER });

const COLLECTOR_OUTCOMES = ["ok", "empty", "skipped", "failed"] as const;

const ERROR_KINDS: readonly ServerErrorKind[] = [
  "unreachable",
  "refused",
  "auth",
  "starting",
  "shutting_down",
  "too_many_connections",
  "missing_right",
  "timeout",
  "protocol",
];

/** Counters of the watch over one server. */
export interface WatchCounters {
  /** The latest snapshot. */
  readonly snapshot: ServerSnapshot;
  /** Connections opened. */
  readonly connects: number;
  /** Failures by kind. */
  readonly errors: ReadonlyMap<ServerErrorKind, number>;
}

/** Version of this program. */
export interface BuildInfo {
  /** Release. */
  readonly version: string;
  /** Commit. */
  readonly revision: string;
}

/** Labels of a server's series. */
export function serverLabels(snapshot: ServerSnapshot): LabelValues {
  return { instance: snapshot.server, cluster: snapshot.cluster };
}

/** Measures the work on one server; `at` is now, our monotonic seconds. */
export function* measureWatch(watch: WatchCounters, at: number): Generator<Measurement> {
  const { snapshot } = watch;
  const labels = serverLabels(snapshot);
  for (const run of snapshot.runs) {
    const ofRun = { ...labels, collector: run.collector };
    if (run.outcome !== "skipped") {
      yield* measure(WATCH.pgrepl_collector_success, ofRun, run.outcome !== "failed");
      yield* measure(WATCH.pgrepl_collector_duration_seconds, ofRun, run.durationSeconds);
    }
    yield* measureStates(WATCH.pgrepl_collector_outcome, ofRun, COLLECTOR_OUTCOMES, run.outcome);
  }
  if (snapshot.readAt !== null) {
    yield* measure(WATCH.pgrepl_collection_age_seconds, labels, at - snapshot.readAt);
  }
  yield* measure(WATCH.pgrepl_collection_duration_seconds, labels, snapshot.collectionDurationSeconds);
  yield* measure(WATCH.pgrepl_connects_total, labels, watch.connects);
  for (const kind of ERROR_KINDS) {
    yield* measure(WATCH.pgrepl_errors_total, { ...labels, kind }, watch.errors.get(kind) ?? 0);
  }
}

/** How the latest reload of the configuration ended. */
export interface ReloadState {
  /** Whether it succeeded; the start counts. */
  readonly isSuccessful: boolean;
  /** When the configuration in effect was read, Unix time. */
  readonly succeededAt: number;
}

/** Measures the latest reload. */
export function* measureReload({ isSuccessful, succeededAt }: ReloadState): Generator<Measurement> {
  yield* measure(EXPORTER.pgrepl_config_last_reload_successful, {}, isSuccessful);
  yield* measure(EXPORTER.pgrepl_config_last_reload_success_timestamp_seconds, {}, succeededAt);
}

/** Measures this process. */
export function* measureProcess(build: BuildInfo): Generator<Measurement> {
  yield* measure(EXPORTER.pgrepl_build_info, {
    version: build.version,
    revision: build.revision,
    deno: Deno.version.deno,
  }, 1);
  const cpu = process.cpuUsage();
  yield* measure(EXPORTER.process_cpu_seconds_total, {}, (cpu.user + cpu.system) / 1e6);
  yield* measure(EXPORTER.process_resident_memory_bytes, {}, Deno.memoryUsage().rss);
  yield* measure(EXPORTER.process_start_time_seconds, {}, performance.timeOrigin / 1000);
}

/** Measures the number of samples that gathering left out. */
export function* measureRejected(count: number): Generator<Measurement> {
  yield* measure(EXPORTER.pgrepl_rejected_samples, {}, count);
}
