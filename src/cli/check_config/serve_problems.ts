import type { Config } from "../../config/config.ts";
import { ConfigError } from "../../config/config_error.ts";
import { idleSettings } from "../../config/idle_settings.ts";
import type { Settings } from "../../config/settings.ts";

/** What to do about a path that the program may not write to. */
const PATH_ADVICE = {
  "management.socket": "choose a path in /run/pg-replication-exporter, or none",
  "state.file": "choose a path in /var/lib/pg-replication-exporter",
} as const;

/** The part of a configuration that names files. */
export type ServedConfig = Pick<Config, "managementSocket" | "stateFile" | "probe"> & {
  /** The web configuration file, and who may use management. */
  readonly web: Partial<Config["web"]>;
};

/** How to check those files. */
export interface ServingOptions {
  /** Every setting with its source. */
  readonly settings: Settings;
  /** Reads a whole file. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Whether the program has permission to write there. */
  readonly mayWrite: (path: string) => boolean;
  /** Unix time in seconds, for certificates that have expired. */
  readonly wallNow: number;
  /** Version of the runtime, which decides what TLS supports. */
  readonly runtime: string;
}

/**
 * Checks what `serve` needs besides a valid configuration: the web configuration with its certificates, and paths to write
 * to.
 *
 * @returns Warnings about settings that have an unexpected effect.
 * @throws {ConfigError} With every problem that `serve` would have.
 */
export async function checkServing(
  config: ServedConfig,
  options: ServingOptions,
): Promise<readonly string[]> {
  const { settings, mayWrite } = options;
  const problems: string[] = [];
  const paths = [
    ["management.socket", config.managementSocket ?? "none"],
    ["state.file", config.stateFile ?? "none"],
  ] as const;
  for (const [name, path] of paths) {
    if (path === "none" || mayWrite(path)) continue;
    const label = settings.get(name)?.label ?? `--${name}`;
    problems.push(`${label}: ${name}: this program may not write there: ${PATH_ADVICE[name]}`);
  }
  const web = await checkWebConfig(config.web.configFile ?? null, options);
  problems.push(...web.problems);
  if (problems.length > 0) {
    throw new ConfigError(problems, { advice: web.problems.length > 0 ? WEB_CONFIG_ADVICE : "" });
  }
  return [...idleSettings(config), ...web.warnings];
}

const WEB_CONFIG_ADVICE = "docs/SECURITY.md describes the format of the web configuration";

async function checkWebConfig(
  path: string | null,
  { readTextFile, wallNow, runtime }: ServingOptions,
): Promise<{ readonly warnings: readonly string[]; readonly problems: readonly string[] }> {
  if (path === null || path === "") return { warnings: [], problems: [] };
  const [{ loadWebSecurity }, { hasFullTls }] = await Promise.all([
    import("../../web/security/load.ts"),
    import("../../web/security/security.ts"),
  ]);
  try {
    const { warnings } = await loadWebSecurity(path, {
      readTextFile,
      wallNow,
      isTlsFull: hasFullTls(runtime),
    });
    return { warnings, problems: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { warnings: [], problems: error.problems };
    throw error;
  }
}
