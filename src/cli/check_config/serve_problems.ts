import type { Config } from "../../config/config.ts";
import { ConfigError } from "../../config/config_error.ts";
import { idleSettings } from "../../config/idle_settings.ts";
import type { Settings } from "../../config/settings.ts";

/** Where the program may write, in words. */
const PLACES = {
  "management.socket": "choose a path in /run/pg-replication-exporter, or none",
  "state.file": "choose a path in /var/lib/pg-replication-exporter",
} as const;

/** What of a configuration leads to files. */
export type ServedConfig = Pick<Config, "managementSocket" | "stateFile" | "probe"> & {
  /** Names the web configuration, and says who may manage. */
  readonly web: Partial<Config["web"]>;
};

/** How to look at what those files are. */
export interface ServingOptions {
  /** Every setting with who gave it. */
  readonly settings: Settings;
  /** Reads a file whole. */
  readonly readTextFile: (path: string) => Promise<string>;
  /** Whether the program is allowed to write a file there. */
  readonly mayWrite: (path: string) => boolean;
  /** Unix time in seconds, for certificates that have expired. */
  readonly wallNow: number;
  /** Version of the runtime: what TLS it can do. */
  readonly runtime: string;
}

/**
 * Looks at what `serve` needs besides a configuration that makes sense: the web configuration with its certificates, and
 * places to write to.
 *
 * @param config The configuration.
 * @param options How to look.
 * @returns What works, but not as one may expect; one sentence each.
 * @throws {ConfigError} When `serve` could not do what is asked: every problem.
 */
export async function lookAtServing(
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
    problems.push(`${label}: ${name}: this program may not write there: ${PLACES[name]}`);
  }
  const web = await lookAtWeb(config.web.configFile ?? null, options);
  problems.push(...web.problems);
  if (problems.length > 0) throw new ConfigError(problems, { advice: web.problems.length > 0 ? ADVICE : "" });
  return [...idleSettings(config), ...web.warnings];
}

const ADVICE = "The format of the web configuration is in docs/SECURITY.md";

async function lookAtWeb(
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
