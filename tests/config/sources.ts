/**
 * Sources of a configuration, for tests.
 *
 * @module
 */
import type { ConfigSources } from "../../src/config/resolve.ts";
import type { Setting } from "../../src/config/settings.ts";

/** What the flags' table would give by default. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "web.listen-address": ":9188",
  "web.telemetry-path": "/metrics",
  "web.max-requests": "40",
  "collect.interval": "15s",
  "collect.max-age": "1s",
  "collect.deadline": "2s",
  "lag.sample-interval": "1s",
  "health.warning-bytes": "1MB",
  "health.critical-bytes": "10MB",
  "health.warning-lag": "5s",
  "health.critical-lag": "30s",
  "report.warning-lag": "1m",
  "report.critical-lag": "5m",
  "report.warning-conflicts": "100",
  "log.level": "info",
  "log.format": "logfmt",
  "collector.disable-defaults": "false",
};

/** Sources with these flags, this environment and these files. */
export function sourcesOf(
  given: {
    readonly flags?: Readonly<Record<string, string | readonly string[]>>;
    readonly environment?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
  },
): ConfigSources {
  const settings = new Map<string, Setting>();
  for (const [name, value] of Object.entries(DEFAULTS)) {
    settings.set(name, { values: [value], origin: "default", label: `--${name}` });
  }
  for (const [name, value] of Object.entries(given.flags ?? {})) {
    settings.set(name, { values: [value].flat(), origin: "flag", label: `--${name}` });
  }
  return {
    settings,
    environment: (name) => given.environment?.[name],
    readTextFile: (path) => {
      const text = given.files?.[path];
      return text === undefined ? Promise.reject(new Deno.errors.NotFound(path)) : Promise.resolve(text);
    },
    collectors: ["server", "senders", "slots"],
  };
}
