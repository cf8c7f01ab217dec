import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { type CommandOutcome, runCommand } from "./command.ts";
import { type Cluster, DEBIAN_15, isInstalled, reasonToSkip, untilHolds } from "./support.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);

/** The part of the JSON that this test reads. */
interface Said {
  readonly verdict: string;
  readonly headline: string;
  readonly steps: readonly { readonly commands: readonly string[] }[];
}

/** Runs a command line of the program as it is printed, in a shell. */
async function obey(line: string, cluster: Cluster): Promise<number> {
  const program = `${FROM_SOURCE.map((word) => `'${word}'`).join(" ")} "$@"`;
  const { code } = await new Deno.Command("sh", {
    args: ["-c", `pg-replication-exporter() { ${program}; }\n${line}`],
    env: { PGPASSWORD: cluster.passwords.monitor },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return code;
}

function lastCommand({ stdout }: CommandOutcome): string {
  const { steps }: Said = JSON.parse(stdout);
  return steps.at(-1)?.commands.at(-1) ?? "";
}

Deno.test(
  { name: "preflight --from says what the servers say, with the same exit codes", ignore },
  async () => {
    await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 2 });
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [
        ...cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`),
        "--management.socket=none",
        "--collect.deadline=30s",
      ],
    });
    const ask = (name: string, ...flags: readonly string[]) =>
      runCommand(cluster, ["preflight", name, `--from=${exporter.url}`, ...flags], { only: [] });

    for (const name of ["standby", "primary"]) {
      await untilHolds(`one verdict on ${name} from both`, async () => {
        const [remote, own] = [
          await ask(name, "--json"),
          await runCommand(cluster, ["preflight", name, "--json"]),
        ];
        const [its, ours]: readonly Said[] = [JSON.parse(remote.stdout), JSON.parse(own.stdout)];
        assertEquals([its?.verdict, its?.headline, remote.code], [ours?.verdict, ours?.headline, own.code]);
      });
    }
    const text = await ask("standby");
    assertEquals([text.code, text.stderr], [1, ""]);
    assertStringIncludes(text.stdout, 'Go, with warnings: "standby" may become the primary');
    const unknown = await ask("nobody");
    assertEquals([unknown.code, unknown.stderr], [3, ""]);
    assertStringIncludes(unknown.stdout, 'There is no server "nobody"');

    // The last step works as it is printed: the same servers, or the same exporter.
    const remote = lastCommand(await ask("standby", "--json"));
    assertEquals(remote, `pg-replication-exporter doctor --from=${exporter.url}`);
    const own = lastCommand(await runCommand(cluster, ["preflight", "standby", "--json", "--sample=1s"]));
    assertStringIncludes(own, "--server=standby2=");
    for (const line of [remote, own]) assert(await obey(line, cluster) < 3, line);
  },
);
