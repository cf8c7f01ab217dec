/**
 * A command of the program, run as a process on a cluster of the lab.
 *
 * @module
 */
import { assertNoSecret } from "../canary.ts";
import type { Cluster } from "./support.ts";

/** The result of a command. */
export interface CommandOutcome {
  /** Exit code. */
  readonly code: number;
  /** Standard output. */
  readonly stdout: string;
  /** Standard error. */
  readonly stderr: string;
}

/**
 * Runs a command with all servers of a cluster configured; its output must not contain a password of the lab.
 *
 * @param cluster The cluster.
 * @param args The command and its flags.
 * @param options Names of the configured servers, all when absent; and other ports for some of them.
 */
export async function runCommand(
  cluster: Cluster,
  args: readonly string[],
  options: { readonly only?: readonly string[]; readonly ports?: Readonly<Record<string, number>> } = {},
): Promise<CommandOutcome> {
  const servers = cluster.servers.filter(({ name }) => options.only?.includes(name) ?? true).map((server) => {
    const port = options.ports?.[server.name];
    return `--server=${server.name}=${
      server.dsn({ withoutPassword: true, ...port === undefined ? {} : { port } })
    }`;
  });
  const output = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--no-prompt",
      new URL("../../main.ts", import.meta.url).pathname,
      ...args,
      "--collect.deadline=30s", // a busy machine must not make a server look down
      ...servers,
    ],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? "",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
      PGPASSWORD: cluster.passwords.monitor,
      NO_COLOR: "1",
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const [stdout, stderr] = [decode(output.stdout), decode(output.stderr)];
  assertNoSecret(stdout + stderr, { what: `what ${args[0] ?? "it"} wrote` });
  return { code: output.code, stdout, stderr };
}
