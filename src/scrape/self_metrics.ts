/**
 * What the exporter says about itself and its own work.
 *
 * @module
 */
import process from "node:process";
import type { ServerErrorKind, ServerSnapshot } from "../domain/view.ts";
import { type FamilyDefinition, measure, type Measurement, measureStates } from "../metrics/family.ts";

const SERVER = ["instance", "cluster"] as const;

const collectorSuccess: FamilyDefinition = {
  name: "pgrepl_collector_success",
  type: "gauge",
  help:
    "Whether the collector read what it should in the latest collection (1), or failed (0). No sample when it was skipped.",
  labels: [...SERVER, "collector"],
};
const collectorDuration: FamilyDefinition = {
  name: "pgrepl_collector_duration_seconds",
  type: "gauge",
  unit: "seconds",
  help:
    "Time from sending the collector's statement until its rows were decoded, in the latest collection. " +
    "Statements travel together, so a slow one shows in those behind it too.",
  labels: [...SERVER, "collector"],
};
const collectorOutcome: FamilyDefinition = {
  name: "pgrepl_collector_outcome",
  type: "gauge",
  help:
    "How the collector ended in the latest collection: ok, empty (nothing there), skipped (version, role or " +
    "right) or failed; 1 for the present outcome.",
  labels: [...SERVER, "collector", "outcome"],
};
const collectionAge: FamilyDefinition = {
  name: "pgrepl_collection_age_seconds",
  type: "gauge",
  unit: "seconds",
  help:
    "Age of the server's facts: time since they were last read. Grows while the server cannot be reached.",
  labels: SERVER,
};
const collectionDuration: FamilyDefinition = {
  name: "pgrepl_collection_duration_seconds",
  type: "gauge",
  unit: "seconds",
  help: "Duration of the latest collection of the server, a reconnect included.",
  labels: SERVER,
};
const connects: FamilyDefinition = {
  name: "pgrepl_connects_total",
  type: "counter",
  help: "Connections opened to the server. One is kept; each further one stands for a loss.",
  labels: SERVER,
};
const errors: FamilyDefinition = {
  name: "pgrepl_errors_total",
  type: "counter",
  help: "Failed statements and connects, by kind.",
  labels: [...SERVER, "kind"],
};
const rejectedSamples: FamilyDefinition = {
  name: "pgrepl_rejected_samples",
  type: "gauge",
  help:
    "Samples left out of this page because they were invalid or there twice. Anything but 0 is a defect of this program.",
  labels: [],
};
const buildInfo: FamilyDefinition = {
  name: "pgrepl_build_info",
  type: "info",
  help: "Version and source revision of this program, and the runtime it was built with.",
  labels: ["version", "revision", "deno"],
};
const cpuSeconds: FamilyDefinition = {
  name: "process_cpu_seconds_total",
  type: "counter",
  unit: "seconds",
  help: "User and system CPU time this process has used.",
  labels: [],
};
const residentMemory: FamilyDefinition = {
  name: "process_resident_memory_bytes",
  type: "gauge",
  unit: "bytes",
  help: "Resident memory of this process.",
  labels: [],
};
const startTime: FamilyDefinition = {
  name: "process_start_time_seconds",
  type: "gauge",
  unit: "seconds",
  help: "When this process started, Unix time.",
  labels: [],
};

const reloadSuccessful: FamilyDefinition = {
  name: "pgrepl_config_last_reload_successful",
  type: "gauge",
  help:
    "Whether the latest attempt to read the configuration anew succeeded (1). 0: it cannot be used, and the one before " +
    "stays; the log says why.",
  labels: [],
};
const reloadTime: FamilyDefinition = {
  name: "pgrepl_config_last_reload_success_timestamp_seconds",
  type: "gauge",
  unit: "seconds",
  help: "When the configuration that holds was read, Unix time.",
  labels: [],
};

/** Families about the exporter itself. */
export const selfFamilies: readonly FamilyDefinition[] = [
  collectorSuccess,
  collectorDuration,
  collectorOutcome,
  collectionAge,
  collectionDuration,
  connects,
  errors,
  rejectedSamples,
  reloadSuccessful,
  reloadTime,
  buildInfo,
  cpuSeconds,
  residentMemory,
  startTime,
];

const OUTCOMES = ["ok", "empty", "skipped", "failed"] as const;

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

/** What a watch has counted. */
export interface WatchCounters {
  /** The latest snapshot. */
  readonly snapshot: ServerSnapshot;
  /** Connections opened. */
  readonly connects: number;
  /** Failures by kind. */
  readonly errors: ReadonlyMap<ServerErrorKind, number>;
}

/** What this program is. */
export interface BuildInfo {
  /** Release. */
  readonly version: string;
  /** Commit. */
  readonly revision: string;
}

/** Labels of a server's series. */
export function serverLabels(snapshot: ServerSnapshot): Readonly<Record<string, string>> {
  return { instance: snapshot.server, cluster: snapshot.cluster };
}

/**
 * Measures the work on one server.
 *
 * @param watch What was counted.
 * @param at Now, our monotonic seconds.
 */
export function* measureWatch(watch: WatchCounters, at: number): Generator<Measurement> {
  const { snapshot } = watch;
  const labels = serverLabels(snapshot);
  for (const run of snapshot.runs) {
    const byCollector = { ...labels, collector: run.collector };
    if (run.outcome !== "skipped") {
      yield* measure(collectorSuccess, byCollector, run.outcome !== "failed");
      yield* measure(collectorDuration, byCollector, run.durationSeconds);
    }
    yield* measureStates(collectorOutcome, byCollector, OUTCOMES, run.outcome);
  }
  if (snapshot.readAt !== null) yield* measure(collectionAge, labels, at - snapshot.readAt);
  yield* measure(collectionDuration, labels, snapshot.collectionDurationSeconds);
  yield* measure(connects, labels, watch.connects);
  for (const kind of ERROR_KINDS) yield* measure(errors, { ...labels, kind }, watch.errors.get(kind) ?? 0);
}

/** How the latest attempt to read the configuration anew ended. */
export interface ReloadState {
  /** Whether it succeeded; the start counts. */
  readonly isSuccessful: boolean;
  /** When the configuration that holds was read: Unix time. */
  readonly succeededAt: number;
}

/**
 * Measures reloads.
 *
 * @param state How the latest one ended.
 */
export function* measureReload({ isSuccessful, succeededAt }: ReloadState): Generator<Measurement> {
  yield* measure(reloadSuccessful, {}, isSuccessful);
  yield* measure(reloadTime, {}, succeededAt);
}

/**
 * Measures this process.
 *
 * @param build What it is.
 */
export function* measureProcess(build: BuildInfo): Generator<Measurement> {
  yield* measure(buildInfo, { version: build.version, revision: build.revision, deno: Deno.version.deno }, 1);
  const cpu = process.cpuUsage();
  yield* measure(cpuSeconds, {}, (cpu.user + cpu.system) / 1e6);
  yield* measure(residentMemory, {}, Deno.memoryUsage().rss);
  yield* measure(startTime, {}, performance.timeOrigin / 1000);
}

/**
 * Measures what gathering left out.
 *
 * @param count Samples rejected.
 */
export function* measureRejected(count: number): Generator<Measurement> {
  yield* measure(rejectedSamples, {}, count);
}
