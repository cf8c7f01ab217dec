import { assert, assertEquals } from "@std/assert";
import { runtimeFlags } from "../../../compose/build/runtime_flags.ts";
import type { CommandContext } from "../../../src/cli/context.ts";
import type { Command } from "../../../src/cli/command.ts";
import { runCommandLine } from "../../../src/cli/run.ts";
import { systemClock } from "../../../src/domain/clock.ts";
import { collectors } from "../../../src/collectors/registry.ts";

/** A serve that reads its configuration and ends. */
const SERVE: Command = {
  name: "serve",
  help: "Serve",
  operands: "",
  operandCount: [0, 0],
  isVerdict: false,
  hasSettings: true,
  load: () =>
    Promise.resolve(async ({ readConfig }) => {
      await readConfig();
      return 0;
    }),
};

/** Whether the program may read a variable. */
function mayRead(name: string): boolean {
  const list = runtimeFlags().find((flag) => flag.startsWith("--allow-env="))?.replace(/^.*?=/, "")
    .split(",");
  return list?.some((one) => one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : one === name) ?? false;
}

/** Variables the command line reads with these set, whether they are set or not. */
async function readVariables(
  args: readonly string[],
  set: Readonly<Record<string, string>>,
): Promise<string[]> {
  const asked = new Set<string>();
  const context: CommandContext = {
    environment: (name) => {
      asked.add(name);
      return set[name];
    },
    writeStdout: () => {},
    writeStderr: (text) => {
      throw new Error(`Unexpected message: ${text}`);
    },
    useColor: false,
    clock: systemClock,
    readTextFile: () => Promise.resolve("secret"),
    stateFiles: {
      read: () => Promise.resolve(null),
      write: () => Promise.resolve(),
      rename: () => Promise.resolve(),
    },
    onSignal: () => () => {},
  };
  assertEquals(await runCommandLine(args, { context, program: { collectors, commands: [SERVE] } }), 0);
  return [...asked];
}

Deno.test("mayRead() knows listed names and prefixes", () => {
  assertEquals(["PRIMARY_HOST", "PGREPL_X", "PATH", "LD_PRELOAD"].map(mayRead), [
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("runtimeFlags() allows every variable that serve reads", async () => {
  const classic = {
    PRIMARY_HOST: "a",
    STANDBY_HOST: "b,c",
    POSTGRES_USER: "u",
    POSTGRES_PASSWORD_FILE: "/x",
  };
  for (const [args, set] of [[["serve"], classic], [["serve", "--server=a=host=b user=u"], {}]] as const) {
    const variables = await readVariables(args, set);
    assert(variables.length > 20, variables.join());
    assertEquals(variables.filter((name) => !mayRead(name)), []);
  }
});
