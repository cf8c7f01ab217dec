import type { Config } from "../../config/config.ts";
import { REDACTED, Secret } from "../../config/secret.ts";
import { isSameValue } from "../../config/same_value.ts";
import type { View } from "../../domain/view.ts";

/** The status of one server. */
export interface ServerStatus {
  /** Its name. */
  readonly name: string;
  /** Name of its cluster; "" when the configuration names none. */
  readonly cluster: string;
  /** Whether it responded to the latest collection. */
  readonly up: boolean;
  /** Its role at the last response; null before the first. */
  readonly role: string | null;
  /** Its lag, seconds; null when it is no standby, or unknown. */
  readonly lag_seconds: number | null;
  /** Why it is down; null when it is up. */
  readonly error: string | null;
}

/** The status of every server; empty before all have been tried once. */
export function serverStatuses(view: View | null): readonly ServerStatus[] {
  return (view?.servers ?? []).map((snapshot) => ({
    name: snapshot.server,
    cluster: snapshot.cluster,
    up: snapshot.up,
    role: snapshot.role,
    lag_seconds: roundTo(snapshot.lag?.seconds ?? null),
    error: snapshot.trouble?.message ?? null,
  }));
}

function roundTo(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000) / 1000;
}

/** A configuration as plain data: secrets as `***`, maps as objects, sets as lists. */
export function plainConfig(config: Config): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, redactedValue(value)]));
}

function redactedValue(value: unknown): unknown {
  if (value instanceof Secret) return value.toString();
  if (value instanceof Map) {
    // Connection parameters by keyword.
    return Object.fromEntries(
      [...value].map((
        [key, each],
      ) => [String(key), /password/i.test(String(key)) ? REDACTED : redactedValue(each)]),
    );
  }
  if (value instanceof Set) return [...value].map(redactedValue);
  if (Array.isArray(value)) return value.map(redactedValue);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redactedValue(each)]));
  }
  return value;
}

/** Settings that cannot change while the process runs, by flag. */
const FIXED_SETTINGS: readonly (readonly [name: string, read: (config: Config) => unknown])[] = [
  ["web.listen-address", ({ web }) => web.listenAddresses],
  ["web.config.file", ({ web }) => web.configFile ?? null],
  ["management.socket", ({ managementSocket }) => managementSocket ?? null],
  ["state.file", ({ stateFile }) => stateFile ?? null],
];

/** The flags whose new values take effect only after a restart. */
export function needsRestart(started: Config, next: Config): readonly string[] {
  return FIXED_SETTINGS.filter(([, read]) => !isSameValue(read(started), read(next))).map(([name]) => name);
}

/** The parts of {@linkcode Config} that differ between two configurations, apart from the servers. */
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
