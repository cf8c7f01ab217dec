import type { Environment } from "./classic.ts";
import type { ProbeConfig, ProbeModule } from "./config.ts";
import type { ConnectionSources } from "./connection_defaults.ts";
import type { ConnectionParameters } from "./connection_parameters.ts";
import type { FileConfig } from "./file/file_config.ts";
import { type ParametersByName, resolveLogin } from "./servers.ts";
import type { SettingReader } from "./settings.ts";

/** Defaults that do not apply: a probe has its own host, a module its own user. */
const NOT_FOR_PROBES: readonly string[] = ["host", "hostaddr", "port", "user"];

/**
 * Completes the modules of `/probe` like servers: with password files, certificates and `PG*` of the environment, and
 * with the credential `NAME.password`; host and user are never taken from there.
 *
 * @param reader Gets the problems.
 * @param sources The environment, files, and the `defaults` of connection strings.
 * @returns What `/probe` may do, without modules that have problems, null when the file has no `probe`; and the
 *   parameters of each module's login by name.
 */
export async function readProbeModules(
  reader: SettingReader,
  { environment, readTextFile, file, defaults }: ConnectionSources & {
    readonly file?: FileConfig | null;
    readonly defaults: ConnectionParameters;
  },
): Promise<{ readonly probe: ProbeConfig | null; readonly parameters: ParametersByName }> {
  const probe = file?.probe ?? null;
  const parametersOf = new Map<string, ConnectionParameters>();
  if (probe === null) return { probe, parameters: parametersOf };
  const own = new Map([...defaults].filter(([keyword]) => !NOT_FOR_PROBES.includes(keyword)));
  const withoutService: Environment = (name) => name === "PGSERVICE" ? undefined : environment(name);
  const modules = new Map<string, ProbeModule>();
  for (const login of probe.modules) {
    const { name, label, parameters, isIncomplete } = login;
    if (!parameters.has("user") && !isIncomplete) {
      reader.problem(
        `${label}: module "${name}" has no user: add the role to log in as, such as user: monitor`,
      );
      continue;
    }
    const sources = { environment: withoutService, readTextFile, defaults: own };
    const resolved = await resolveLogin(login, { reader, kind: "module", ...sources });
    if (resolved === undefined) continue;
    modules.set(name, { name, target: resolved.target });
    parametersOf.set(name, resolved.parameters);
  }
  return { probe: { modules, allowedTargets: probe.allowedTargets }, parameters: parametersOf };
}
