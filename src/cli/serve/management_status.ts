import type { Config } from "../../config/config.ts";
import { REDACTED, Secret } from "../../config/secret.ts";
import { isSameValue } from "../../config/same_value.ts";
import type { ServerSnapshot, View } from "../../domain/view.ts";

/** What is told of one server. */
export interface ServerStatus {
  /** Its name. */
  readonly name: string;
  /** Name of its cluster; "" when the configuration names none. */
  readonly cluster: string;
  /** Whether the latest collection reached it. */
  readonly up: boolean;
  /** Its role when last reached; null when never. */
  readonly role: string | null;
  /** How far it lags, seconds; null when it is no standby, or unknown. */
  readonly lag_seconds: number | null;
  /** Why it is not up; null when it is. */
  readonly error: string | null;
}

/**
 * What is told of every server.
 *
 * @param view Everything known; null before every server has been tried once.
 */
export function serverStatuses(view: View | null): readonly ServerStatus[] {
  return (view?.servers ?? []).map((snapshot: ServerSnapshot) => ({
    name: snapshot.server,
    cluster: snapshot.cluster,
    up: snapshot.up,
    role: snapshot.role,
    lag_seconds: roundTo(view?.lags.get(snapshot.server)?.seconds ?? null),
    error: snapshot.trouble?.message ?? null,
  }));
}

function roundTo(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000) / 1000;
}

/**
 * A configuration as plain data: secrets as `***`, maps as objects, sets as lists.
 *
 * @param config The configuration, or a part of it.
 */
export function plainConfig(config: Config): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
  if (value instanceof Secret) return value.toString();
  if (value instanceof Map) {
    // Parameters of a connection by their keywords.
    return Object.fromEntries(
      [...value].map(([key, each]) => [String(key), /password/i.test(String(key)) ? REDACTED : plain(each)]),
    );
  }
  if (value instanceof Set) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
  }
  return value;
}

/** Settings that hold from the start to the end, by the names of their flags. */
const FIXED: readonly (readonly [name: string, read: (config: Config) => unknown])[] = [
  ["web.listen-address", ({ web }) => web.listenAddresses],
  ["web.config.file", ({ web }) => web.configFile ?? null],
  ["management.socket", ({ managementSocket }) => managementSocket ?? null],
  ["state.file", ({ stateFile }) => stateFile ?? null],
];

/**
 * What of a new configuration needs a restart.
 *
 * @param started The configuration that the process started with.
 * @param next The new one.
 * @returns Names of flags.
 */
export function needsRestart(started: Config, next: Config): readonly string[] {
  return FIXED.filter(([, read]) => !isSameValue(read(started), read(next))).map(([name]) => name);
}

/**
 * What of a new configuration is another than before, besides the servers: names of the parts of {@linkcode Config}.
 *
 * @param before The configuration that held.
 * @param next The new one.
 */
export function changedParts(before: Config, next: Config): readonly string[] {
  const [old, now] = [plainEntries(before), plainEntries(next)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names.filter((name) =>
    name !== "servers" && !isSameValue(old.get(name) ?? null, now.get(name) ?? null)
  );
}

function plainEntries(config: Config): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>(Object.entries(config));
}
