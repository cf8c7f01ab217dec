/**
 * The parts of the exporter on a cluster of the lab.
 *
 * @module
 */
import { collectors } from "../../src/collectors/registry.ts";
import type { Config, ServerConfig } from "../../src/config/config.ts";
import type { LibpqSettings } from "../../src/config/libpq_settings.ts";
import { Secret } from "../../src/config/secret.ts";
import { type Clock, systemClock } from "../../src/domain/clock.ts";
import type { CollectorName } from "../../src/domain/facts.ts";
import type { LogFields, Logger } from "../../src/domain/log.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { Family } from "../../src/metrics/family.ts";
import { CollectionService } from "../../src/scrape/collection_service.ts";
import { assertNoSecret } from "../canary.ts";
import { target } from "../fixtures/targets.ts";
import type { Cluster } from "./support.ts";

/** A log line as data. */
export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** A running service, and its log. */
export interface Watching extends AsyncDisposable {
  readonly service: CollectionService;
  readonly lines: readonly LogLine[];
}

/** How to watch. */
export interface WatchingOptions {
  /** Login; `monitor` when absent. */
  readonly user?: "monitor" | "plain";
  /** Other ports of servers, by name. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Changes to the defaults, seconds. */
  readonly collect?: Partial<Config["collect"]>;
  /** Names of the configured servers; all of the cluster when absent. */
  readonly only?: readonly string[];
  /** Whether standbys are discovered; not when absent. */
  readonly discovery?: Config["discovery"];
  /** Further names of servers, ahead of the others, with the port that leads to one. */
  readonly also?: Readonly<Record<string, number>>;
  /** Other hosts of servers than 127.0.0.1, by name. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Other databases of servers than postgres, by name. */
  readonly databases?: Readonly<Record<string, string>>;
  /** Further hosts of servers, and which one of them is wanted, by name; none when absent. */
  readonly libpq?: Readonly<Record<string, LibpqSettings>>;
  /** The consistency check; none when absent. */
  readonly consistency?: Config["consistency"];
  /** Interval of readings of databases, seconds; none are read when absent. */
  readonly databasesSeconds?: number;
  /** Interval of position samples, seconds; one second when absent. */
  readonly sampleSeconds?: number;
  /** The clock; that of the system when absent. */
  readonly clock?: Clock;
  /** Jitter of waits between attempts to connect, in [0, 1); random when absent. */
  readonly random?: () => number;
  /** How many standbys each cluster should have; not configured when absent. */
  readonly expectedStandbys?: number;
  /** Thresholds of findings about lag; the defaults when absent. */
  readonly report?: Config["report"];
  /** Names of the clusters of servers; none when absent. */
  readonly clusters?: Readonly<Record<string, string>>;
  /** Collectors that are off. */
  readonly without?: readonly CollectorName[];
}

/** The servers of a cluster as in the exporter's configuration. */
export function serversOf(
  cluster: Cluster,
  { user = "monitor", ports = {}, hosts = {}, also = {}, clusters = {}, databases = {}, libpq = {} }:
    WatchingOptions = {},
): ServerConfig[] {
  const others = Object.entries(also).map(([name, port]) => ({ name, port }));
  return [...others, ...cluster.servers].map(({ name, port }) => ({
    name,
    cluster: clusters[name] ?? "",
    target: target({
      host: hosts[name] ?? "127.0.0.1",
      port: ports[name] ?? port,
      database: databases[name] ?? "postgres",
      user,
      password: new Secret(cluster.passwords[user]),
      ...libpq[name] === undefined ? {} : { libpq: libpq[name] },
    }),
  }));
}

/** The configuration with which a cluster is watched. */
export function configOf(cluster: Cluster, options: WatchingOptions = {}): Config {
  return {
    servers: serversOf(cluster, options).filter(({ name }) => options.only?.includes(name) ?? true),
    expectedStandbys: options.expectedStandbys ?? null,
    discovery: options.discovery ?? null,
    consistency: options.consistency ?? null,
    logical: { databasesIntervalSeconds: options.databasesSeconds ?? 0 },
    collectors: new Set(
      collectors.map(({ name }) => name).filter((name) => !options.without?.includes(name)),
    ),
    ...options.report === undefined ? {} : { report: options.report },
    // A busy machine must not make a server look down; only tests that freeze one use a short deadline.
    collect: { intervalSeconds: 15, maxAgeSeconds: 1, deadlineSeconds: 30, ...options.collect },
    lag: { sampleIntervalSeconds: options.sampleSeconds ?? 1 },
    web: { listenAddresses: [], telemetryPath: "/metrics", maxRequests: 40 },
    log: { level: "info", format: "logfmt" },
    health: DEFAULT_HEALTH_THRESHOLDS,
  };
}

/** Watches every server of a cluster until disposed; its log and last report must not contain a password of the lab. */
export function watchCluster(cluster: Cluster, options: WatchingOptions = {}): Watching {
  const lines: LogLine[] = [];
  const at = (level: string) => (message: string, fields: LogFields = {}) => {
    lines.push({ level, message, fields });
  };
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const service = new CollectionService({
    config: configOf(cluster, options),
    collectors,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
    readTextFile: Deno.readTextFile,
    logger,
    build: { version: "0.0.0", revision: "test" },
  });
  service.start();
  return {
    service,
    lines,
    async [Symbol.asyncDispose]() {
      const said = JSON.stringify(
        [lines, service.view()],
        (_, value) => typeof value === "bigint" ? String(value) : value,
      );
      await service.close(AbortSignal.timeout(20_000));
      assertNoSecret(said, { what: "what was logged, or the view" });
    },
  };
}

/**
 * The value of one sample.
 *
 * @param families The result of a scrape.
 * @param name Family.
 * @param labels Labels that must match; others are ignored.
 * @returns The value; `undefined` when there is no such sample.
 */
export function valueOf(
  families: readonly Family[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const family = families.find((candidate) => candidate.name === name);
  return family?.samples.find((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value)
  )?.value;
}
