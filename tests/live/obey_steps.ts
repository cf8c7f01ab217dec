/**
 * The steps of a preflight, carried out as they are printed.
 *
 * @module
 */
import { assert } from "@std/assert";
import { FROM_SOURCE } from "../serve_process.ts";
import { typeIntoPsql } from "./psql.ts";
import { type Cluster, DEBIAN_15, type Server } from "./support.ts";

/** The part of a step that is carried out. */
export interface PrintedStep {
  /** What to do. */
  readonly title: string;
  /** Where. */
  readonly where: string;
  /** The commands. */
  readonly commands: readonly string[];
}

/**
 * Carries out one step: SQL in psql, commands of the program and of psql in a shell; with the passwords, which no step
 * contains.
 *
 * @param step The step.
 * @param cluster Its servers.
 */
export async function obeyStep({ title, where, commands }: PrintedStep, cluster: Cluster): Promise<void> {
  const [, name = "", database = "postgres"] = /^(\S+) \([^)]*\)(?:, database (\S+))?$/.exec(where) ?? [];
  const directory = await Deno.makeTempDir();
  let script = "";
  const typed = async () => {
    if (script !== "") await typeIntoPsql(cluster.server(name), script, database);
    script = "";
  };
  for (const command of commands) {
    if (/^(SELECT|ALTER|CREATE|DROP|SET|--) ?/.test(command)) {
      // A comment names another place, if it has a statement.
      const [, other, otherDatabase = "", statements] = /^-- on (\S+), database (\S+): (.*)$/.exec(command) ??
        [];
      if (other !== undefined && statements !== undefined) {
        await typed();
        await typeIntoPsql(cluster.server(other), statements, otherDatabase);
      } else script += `${withPassword(command, cluster)}\n`;
      continue;
    }
    await typed();
    if (/^(pg-replication-exporter|psql "host)/.test(command)) {
      const code = await runInShell(command, { passwords: cluster.passwords, directory });
      // The lab has findings of its own.
      assert(code === 0 || (code === 1 && / doctor /.test(command)), `${title}: ${command}`);
    } else await obeyOnHost(command, { server: cluster.server(name), cluster });
  }
  await typed();
  await Deno.remove(directory, { recursive: true });
}

function withPassword(command: string, { passwords }: Cluster): string {
  return command.replace(/user=replicator(?=[' ])/, `user=replicator password=${passwords.replicator}`);
}

async function runInShell(
  line: string,
  { passwords, directory }: { readonly passwords: Cluster["passwords"]; readonly directory: string },
): Promise<number> {
  const isOwn = line.startsWith("pg-");
  const { code } = await new Deno.Command("sh", {
    args: ["-c", line.replace(/^pg-replication-exporter/, FROM_SOURCE.map((word) => `'${word}'`).join(" "))],
    ...isOwn ? {} : { cwd: directory },
    env: {
      PATH: `${DEBIAN_15}:${Deno.env.get("PATH")}`,
      ...isOwn ? { PGPASSWORD: passwords.monitor } : { PGUSER: "postgres", PGPASSWORD: passwords.postgres },
    },
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).output();
  return code;
}

async function obeyOnHost(
  command: string,
  { server, cluster }: { readonly server: Server; readonly cluster: Cluster },
): Promise<void> {
  const written = /^echo "(.*)" >> "\$PGDATA\/postgresql\.auto\.conf"/.exec(withPassword(command, cluster))
    ?.[1];
  if (command.startsWith("pg_ctl stop")) await server.stop("fast");
  else if (command.startsWith("pg_ctl restart")) await server.restart();
  else if (command.startsWith("pg_ctl start")) await server.start();
  else if (command.startsWith("touch ")) await Deno.writeTextFile(`${server.dataDir}/standby.signal`, "");
  else if (written !== undefined) {
    await Deno.writeTextFile(`${server.dataDir}/postgresql.auto.conf`, `${written}\n`, { append: true });
  } else assert(/^(psql -c|pg_controldata|ls) /.test(command), `no step does "${command}"`);
}
