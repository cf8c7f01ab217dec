import { assert, assertEquals } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import { findFreePort } from "../../compose/lab/ports.ts";
import { SqlClient } from "../../compose/lab/sql_client.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { reasonToSkip, until, untilHolds } from "./support.ts";

const HAPROXY = "/usr/sbin/haproxy";

function isInstalled(): boolean {
  try {
    return Deno.statSync(HAPROXY).isFile;
  } catch {
    return false;
  }
}

const missing = !isInstalled()
  ? " (skipped: no haproxy)"
  : reasonToSkip() !== null
  ? " (skipped: no lab)"
  : "";

/** HAProxy with the configuration in `compose/haproxy`, on ports of this run. */
class HaProxy implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;

  private constructor(child: Deno.ChildProcess, directory: string) {
    this.#child = child;
    this.#directory = directory;
  }

  static async start(ports: Readonly<Record<string, number>>): Promise<HaProxy> {
    let text = await Deno.readTextFile(new URL("../../compose/haproxy/haproxy.cfg", import.meta.url));
    for (const [written, port] of Object.entries(ports)) {
      assert(text.includes(written), `compose/haproxy/haproxy.cfg has no "${written}"`);
      text = text.replaceAll(written, written.replace(/\d+$/, String(port)));
    }
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-haproxy-" });
    await Deno.writeTextFile(`${directory}/haproxy.cfg`, text);
    const child = new Deno.Command(HAPROXY, {
      args: ["-db", "-f", `${directory}/haproxy.cfg`],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new HaProxy(child, directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await Deno.remove(this.#directory, { recursive: true });
  }
}

Deno.test({
  name: `HAProxy follows the primary over a promotion, and reads avoid a standby that lags${missing}`,
  ignore: missing !== "",
  async fn() {
    await using cluster = await startCluster({ standbys: 1, load: 20 });
    const { primary } = cluster;
    const standby = cluster.server("standby");
    const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
    await using exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [...args, "--collect.deadline=30s"],
    });
    const [writes, reads] = [findFreePort(), findFreePort()];
    await using _haproxy = await HaProxy.start({
      "127.0.0.1:5432": primary.port,
      "127.0.0.1:5433": standby.port,
      "127.0.0.1:5000": writes,
      "127.0.0.1:5001": reads,
      "port 9188": Number(new URL(exporter.url).port),
    });
    /** The port of the server behind a port of HAProxy; null when none responds. */
    const behind = async (port: number): Promise<number | null> => {
      await using client = new SqlClient({ port, user: "monitor", password: cluster.passwords.monitor });
      const text = await client.text("SELECT pg_catalog.inet_server_port()").catch(() => null);
      return text === null ? null : Number(text);
    };
    // A check without a response within a second marks a server down for a moment.
    const leadsTo = (what: string, port: number, expected: number | null) =>
      until(what, async () => await behind(port) === expected, { seconds: 60 });

    await leadsTo("writes to reach the primary", writes, primary.port);
    await leadsTo("reads to reach the standby", reads, standby.port);

    await cluster.faults.pauseReplay(standby);
    await leadsTo("reads to avoid a standby that lags", reads, null);
    await leadsTo("writes to go on reaching the primary", writes, primary.port);
    await cluster.faults.resumeReplay(standby);
    await leadsTo("reads to come back", reads, standby.port);

    await cluster.faults.stop(primary);
    await leadsTo("writes to reach nobody without a primary", writes, null);
    await cluster.faults.promote(standby);
    await leadsTo("writes to reach the promoted standby", writes, standby.port);

    // The old primary returns on its old timeline, so it must not receive writes.
    await cluster.faults.start(primary);
    const reached = new Set<number | null>();
    await untilHolds("the exporter to see it, and to lead nobody there", async () => {
      reached.add(await behind(writes));
      assertEquals(/^pgrepl_up\{.*"primary".*\} 1$/m.test(await exporter.scrape()), true);
      const reason = await exporter.fetch("/servers/primary/primary");
      assertEquals([reason.status, await reason.text()], [
        503,
        "It is on a timeline that its cluster has left\n",
      ]);
      reached.add(await behind(writes));
    });
    await leadsTo("writes to reach the promoted standby still", writes, standby.port);
    assertEquals(reached.has(primary.port), false, "no write reached the old primary");
  },
});
