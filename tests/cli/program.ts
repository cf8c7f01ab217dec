/**
 * The command line without a process, for tests.
 *
 * @module
 */
import { run } from "../../src/cli/run.ts";
import type { CommandContext, Program, ServeContext } from "../../src/cli/context.ts";
import type { Config } from "../../src/config/config.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";

/** Collectors, as the registry would name them. */
export const COLLECTORS: Program["collectors"] = [
  { name: "server", help: "Identity and role of the server" },
  { name: "slots", help: "Replication slots." },
  { name: "wal_directory", help: "Size of the WAL directory" },
];

/** No state file may be touched. */
const NO_STATE_FILES: CommandContext["stateFiles"] = {
  read: () => Promise.reject(new Error("No state file")),
  write: () => Promise.reject(new Error("No state file")),
  rename: () => Promise.reject(new Error("No state file")),
};

/** What a run did. */
export interface Outcome {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
  /** What `serve` was handed; `null` when it was not called. */
  readonly served: { readonly config: Config; readonly context: ServeContext } | null;
  /** Variables that were read. */
  readonly read: ReadonlySet<string>;
}

/** Runs the command line as `main.ts` does, with a `serve` that only looks at what it is handed. */
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
  const serve = (config: Config, serveContext: ServeContext): Promise<number> => {
    served = { config, context: serveContext };
    return options.serve?.(config, serveContext) ?? Promise.resolve(0);
  };
  const code = await run(args, { context, program: { collectors: COLLECTORS, serve } });
  return { code, stdout, stderr, served, read };
}
