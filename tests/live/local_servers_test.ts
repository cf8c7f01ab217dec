import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { PACKAGE_CONFIG_FILE } from "../../src/cli/package_config.ts";
import { DEFAULT_SOCKET_DIRECTORIES } from "../../src/postgres/socket_places.ts";
import { FROM_SOURCE } from "../serve_process.ts";
import { type Cluster, DEBIAN_15, isInstalled, reasonToSkip, type Server } from "./support.ts";

/** Root can show a process another /run/postgresql, which no other process sees. */
async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  try {
    const { success } = await new Deno.Command("unshare", { args: ["-m", "test", "-d", "/run/postgresql"] })
      .output();
    return success;
  } catch {
    return false;
  }
}

/** What this host has that the program would find before, or beside, the servers of the test; "" when nothing. */
async function whatIsThere(): Promise<string> {
  const exists = await Deno.stat(PACKAGE_CONFIG_FILE).then(() => true, () => false);
  if (exists) return `${PACKAGE_CONFIG_FILE} exists`;
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port: 9188 })).close();
    return "something listens on port 9188";
  } catch { /* nothing listens */ }
  for (const directory of DEFAULT_SOCKET_DIRECTORIES.filter((each) => !each.endsWith("/run/postgresql"))) {
    const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name).catch(() => []);
    if (names.some((name) => /^\.s\.PGSQL\.\d+$/.test(name))) {
      return `a server has its socket in ${directory}`;
    }
  }
  return "";
}

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15) || !await canMount();
const found = ignore ? "" : await whatIsThere();
const skipped = found === "" ? "" : ` (skipped: ${found})`;

/** Lets the operating system's user log in on the socket without a password, and over TCP for what is discovered. */
async function letIn(cluster: Cluster, user: string): Promise<void> {
  await cluster.primary.sql(`CREATE ROLE "${user}" LOGIN IN ROLE pg_monitor`);
  await cluster.untilCaughtUp();
  for (const server of cluster.servers) {
    const access = `${server.dataDir}/pg_hba.conf`;
    const before = await Deno.readTextFile(access);
    await Deno.writeTextFile(
      access,
      `local all "${user}" peer\nhost all "${user}" 127.0.0.1/32 trust\n${before}`,
    );
    await server.sql("SELECT pg_reload_conf()");
  }
}

/** Opens a socket of one server in a directory. */
async function listenIn(directory: string, server: Server): Promise<void> {
  await server.set("unix_socket_directories", directory);
  await server.restart();
}

/** Runs the program without any configuration on a host whose socket directory is this one. */
async function run(directory: string, args: readonly string[]) {
  const script = 'mount --bind "$1" /run/postgresql && shift && exec "$@"';
  const output = await new Deno.Command("unshare", {
    args: ["-m", "sh", "-c", script, "sh", directory, ...FROM_SOURCE, ...args, "--collect.deadline=30s"],
    clearEnv: true,
    env: {
      PATH: Deno.env.get("PATH") ?? "",
      HOME: Deno.env.get("HOME") ?? "",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? "",
      NO_COLOR: "1",
      PGREPL_MANAGEMENT_SOCKET: `${directory}/none.sock`,
    },
    stdin: "null",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

function rows(tsv: string): readonly (readonly string[])[] {
  return tsv.trimEnd().split("\n").slice(1).map((line) => line.split("\t"));
}

Deno.test(
  {
    name: `without any set-up, list and report find the servers on this host's sockets${skipped}`,
    ignore: ignore || skipped !== "",
  },
  async (t) => {
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-sockets-" });
    await Deno.chmod(directory, 0o777);
    try {
      await using cluster = await startCluster({ binaries: DEBIAN_15, standbys: 1 });
      const { primary } = cluster;
      const standby = cluster.server("standby");
      await letIn(cluster, "root");

      await t.step("a standby alone: its upstream is followed", async () => {
        await listenIn(directory, standby);
        await cluster.untilCaughtUp();
        const { code, stdout, stderr } = await run(directory, ["list", "--format=tsv"]);
        assertEquals(
          stderr,
          `No server is named: watching the servers on /run/postgresql/.s.PGSQL.${standby.port}, as role "root", ` +
            "and the servers that they replicate with\n",
        );
        assertEquals(code, 0);
        const found = rows(stdout);
        assertEquals(found.map(([, role]) => role), ["primary", "standby"]);
        assertEquals(found[1]?.[0], `localhost:${standby.port}`);
        assertMatch(found[1]?.[2] ?? "", /^(streaming|idle)$/);
        assertEquals(found.map((row) => row[3]), ["1", "1"]);
      });

      await t.step("both: one line each, and a report", async () => {
        await listenIn(directory, primary);
        await cluster.untilCaughtUp();
        const listed = await run(directory, ["list"]);
        const lines = listed.stdout.trimEnd().split("\n").slice(1);
        assertEquals(lines.length, 2, listed.stdout);
        assert(lines[0]?.startsWith(`localhost:${primary.port} `), listed.stdout);
        const report = await run(directory, ["report"]);
        assert(report.code < 3, report.stdout);
        assertStringIncludes(report.stdout, `localhost:${standby.port}`);
      });

      await t.step("a primary alone: its standby is followed where it is told to listen", async () => {
        await listenIn(standby.dataDir, standby);
        await cluster.untilCaughtUp();
        const { stdout } = await run(directory, ["list", "--json", `--discover-port=${standby.port}`]);
        const found: readonly {
          readonly name: string;
          readonly role: string;
          readonly timeline: number | null;
        }[] = JSON
          .parse(stdout);
        assertEquals(found.map(({ role, timeline }) => [role, timeline]), [["primary", 1], ["standby", 1]]);
      });
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);
