import type { Environment } from "./classic.ts";
import type { ProbeConfig, ProbeModule } from "./config.ts";
import { completeParameters, type ConnectionSources } from "./connection_defaults.ts";
import { type ConnectionParameters, mergeParameters } from "./connection_parameters.ts";
import { resolveNamingSources } from "./connection_target.ts";
import type { FileConfig } from "./file/file_config.ts";
import { type ParametersByName, resolveFileLogin } from "./servers.ts";
import type { SettingReader } from "./settings.ts";

/** What the environment says of one place and one role: a probe brings its own place, a module its own role. */
const NOT_FOR_PROBES: readonly string[] = ["host", "hostaddr", "port", "user"];

/**
 * Completes the modules of `/probe` as servers are completed: with password files, certificates and `PG*` of the
 * environment, and with the credential `NAME.password`. Where to go and as whom is never taken from there.
 *
 * @param reader Where problems are noted.
 * @param sources The environment, files, and `defaults`: what connection strings leave out.
 * @returns What `/probe` may do, without modules that have problems, null when the file does not say; and of each
 *   module by name the parameters that its login was made of.
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
    const what = `module "${name}"`;
    if (!parameters.has("user") && !isIncomplete) {
      reader.problem(
        `${label}: ${what} names no user: add the role that it logs in as, such as user: monitor`,
      );
      continue;
    }
    const completed = await completeParameters(parameters, {
      environment: withoutService,
      readTextFile,
      name,
    });
    const merged = mergeParameters(completed, own);
    const target = resolveFileLogin(login, {
      reader,
      what,
      resolve: () => resolveNamingSources(merged, parameters),
    });
    if (target === undefined) continue;
    modules.set(name, { name, target });
    parametersOf.set(name, merged);
  }
  return { probe: { modules, allowedTargets: probe.allowedTargets }, parameters: parametersOf };
}
