/**
 * The command line without a process, for tests.
 *
 * @module
 */
import type { Command, Invocation } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands.ts";
import type { CommandContext } from "../../src/cli/context.ts";
import { type Program, runCommandLine } from "../../src/cli/run.ts";
import type { Config } from "../../src/config/config.ts";
import type { Logger } from "../../src/domain/log.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { assertNoSecret } from "../canary.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";

/** Some collectors, so that new ones do not change the tests. */
export const COLLECTORS: Program["collectors"] = collectors.filter(({ name }) =>
  ["server", "slots", "wal_directory"].includes(name)
);

/** What a command gets in addition to the configuration. */
export interface ServeContext extends CommandContext {
  /** The log. */
  readonly logger: Logger;
}

/** Fails when a state file is used. */
const NO_STATE_FILES: CommandContext["stateFiles"] = {
  read: () => Promise.reject(new Error("No state file")),
  write: () => Promise.reject(new Error("No state file")),
  rename: () => Promise.reject(new Error("No state file")),
};

/** The outcome of a run. */
export interface Outcome {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
  /** The arguments of `serve`; `null` when it was not called. */
  readonly served: { readonly config: Config; readonly context: ServeContext } | null;
  /** Variables that were read. */
  readonly read: ReadonlySet<string>;
}

/** Values of password variables; short ones may occur in a message by chance. */
function passwordsIn(environment: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(environment)
    .filter(([name, value]) => name.endsWith("PASSWORD") && value.length >= 6)
    .map(([, value]) => value);
}

/**
 * Runs the command line as `main.ts` does, with a `serve` that only records its arguments. The output must contain no
 * password of the environment or the lab.
 */
export async function runProgram(
  args: readonly string[],
  options: {
    readonly environment?: Readonly<Record<string, string>>;
    readonly files?: Readonly<Record<string, string>>;
    readonly serve?: (config: Config, context: ServeContext) => Promise<number>;
    readonly useColor?: boolean;
  } = {},
): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  let served: Outcome["served"] = null;
  const read = new Set<string>();
  const context: CommandContext = {
    environment: (name) => {
      read.add(name);
      return options.environment?.[name];
    },
    environmentNames: () => Object.keys(options.environment ?? {}),
    writeStdout: (text) => void (stdout += text),
    writeStderr: (text) => void (stderr += text),
    useColor: options.useColor ?? false,
    clock: new FakeClock(),
    readTextFile: (path) => {
      const text = options.files?.[path];
      return text === undefined ? Promise.reject(new Deno.errors.NotFound(path)) : Promise.resolve(text);
    },
    stateFiles: NO_STATE_FILES,
    onSignal: () => () => {},
  };
  const serve = async (invocation: Invocation): Promise<number> => {
    const config = await invocation.readConfig();
    const serveContext = { ...context, logger: invocation.createLogger(config) };
    served = { config, context: serveContext };
    return await options.serve?.(config, serveContext) ?? 0;
  };
  const withServe = commands.map((command): Command =>
    command.name === "serve" ? { ...command, load: () => Promise.resolve(serve) } : command
  );
  const code = await runCommandLine(args, {
    context,
    program: { collectors: COLLECTORS, commands: withServe },
  });
  assertNoSecret(stdout + stderr, { what: "what was written", secrets: passwordsIn(options.environment) });
  return { code, stdout, stderr, served, read };
}
