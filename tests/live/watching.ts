/**
 * The exporter's own parts on a cluster of the lab.
 *
 * @module
 */
import { collectors } from "../../src/collectors/registry.ts";
import type { Config, ServerConfig } from "../../src/config/config.ts";
import { Secret } from "../../src/config/secret.ts";
import { type Clock, systemClock } from "../../src/domain/clock.ts";
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

/** A service that is running, with what it logged. */
export interface Watching extends AsyncDisposable {
  readonly service: CollectionService;
  readonly lines: readonly LogLine[];
}

/** How to watch. */
export interface WatchingOptions {
  /** Login; `monitor` when not given. */
  readonly user?: "monitor" | "plain";
  /** Ports to reach servers on instead of their own, by name. */
  readonly ports?: Readonly<Record<string, number>>;
  /** Seconds, changed from the defaults. */
  readonly collect?: Partial<Config["collect"]>;
  /** Names of the servers that are configured; all of the cluster when not given. */
  readonly only?: readonly string[];
  /** Whether standbys that are not configured are found and watched; not when not given. */
  readonly discovery?: Config["discovery"];
  /** Further names of servers, ahead of the others, with the port that leads to one. */
  readonly also?: Readonly<Record<string, number>>;
  /** Hosts to reach servers on instead of 127.0.0.1, by name. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** What is compared; nothing when not given. */
  readonly consistency?: Config["consistency"];
  /** How often positions are sampled, seconds; every second when not given. */
  readonly sampleSeconds?: number;
  /** Time; the machine's own when not given. */
  readonly clock?: Clock;
}

/** The servers of a cluster as the exporter's configuration names them. */
export function serversOf(
  cluster: Cluster,
  { user = "monitor", ports = {}, hosts = {}, also = {} }: WatchingOptions = {},
): ServerConfig[] {
  const others = Object.entries(also).map(([name, port]) => ({ name, port }));
  return [...others, ...cluster.servers].map(({ name, port }) => ({
    name,
    cluster: "",
    target: target({
      host: hosts[name] ?? "127.0.0.1",
      port: ports[name] ?? port,
      user,
      password: new Secret(cluster.passwords[user]),
    }),
  }));
}

/** Watches every server of a cluster until disposed; no password of the lab may be in what it logged or last said. */
export function watchCluster(cluster: Cluster, options: WatchingOptions = {}): Watching {
  const lines: LogLine[] = [];
  const at = (level: string) => (message: string, fields: LogFields = {}) => {
    lines.push({ level, message, fields });
  };
  const logger: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  const servers = serversOf(cluster, options).filter(({ name }) => options.only?.includes(name) ?? true);
  const service = new CollectionService({
    config: {
      servers,
      expectedStandbys: null,
      discovery: options.discovery ?? null,
      consistency: options.consistency ?? null,
      collectors: new Set(collectors.map(({ name }) => name)),
      // A busy machine must not make a server look down: only who freezes one gives a short deadline.
      collect: { intervalSeconds: 15, maxAgeSeconds: 1, deadlineSeconds: 30, ...options.collect },
      lag: { sampleIntervalSeconds: options.sampleSeconds ?? 1 },
      web: { listenAddresses: [], telemetryPath: "/metrics", maxRequests: 40 },
      log: { level: "info", format: "logfmt" },
      health: DEFAULT_HEALTH_THRESHOLDS,
    },
    collectors,
    clock: options.clock ?? systemClock,
    random: Math.random,
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
 * @param families What a scrape returned.
 * @param name Family.
 * @param labels Labels that must match; others may be there.
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
