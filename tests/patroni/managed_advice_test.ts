/**
 * Advice under a real Patroni: recognized at once, and what is printed is carried out.
 *
 * @module
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { until } from "../../compose/lab/until.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { PatroniCluster, patroniMissing } from "./patroni_cluster.ts";
import type { PatroniNode } from "./patroni_node.ts";

const missing = patroniMissing();
const SAFE = { fsync: "on", max_slot_wal_keep_size: "64MB" };

/** The parts of a report that are read here. */
interface Seen {
  readonly headline: string;
  readonly clusters: readonly {
    readonly primaries: readonly string[];
    readonly manager:
      | { readonly name: string; readonly certainty: string; readonly by: readonly string[] }
      | null;
  }[];
  readonly findings: readonly Found[];
}

interface Found {
  readonly check: string;
  readonly server: string;
  readonly subject: string;
  readonly advice: string;
}

/** A cluster, and an exporter that watches all of it. */
class Watched implements AsyncDisposable {
  private constructor(readonly cluster: PatroniCluster, readonly exporter: ServeProcess) {}

  static async start(dynamic: Readonly<Record<string, unknown>> = {}): Promise<Watched> {
    const cluster = await PatroniCluster.start({ dynamic, settings: SAFE });
    const exporter = await ServeProcess.start(FROM_SOURCE, {
      args: [...serversOf(cluster.nodes), "--collect.interval=1s", "--log.level=error"],
    });
    return new Watched(cluster, exporter);
  }

  async see(): Promise<Seen> {
    return await (await fetch(`${this.exporter.url}/api/v1/report`)).json();
  }

  async find(check: string): Promise<Found | undefined> {
    return (await this.see()).findings.find((each) => each.check === check);
  }

  /** Waits for a finding, whose advice must be Patroni's alone. */
  async advice(check: string, says = ""): Promise<string> {
    let advice = "";
    await until(`${check} to be found`, async () => {
      advice = (await this.find(check))?.advice ?? "";
      return advice !== "" && advice.includes(says);
    }, { seconds: 60 });
    assert(!/ALTER SYSTEM|pg_ctl|pg_promote|pg_rewind|systemctl/.test(advice), advice);
    return advice;
  }

  async gone(check: string, seconds = 60): Promise<void> {
    await until(`${check} to go`, async () => await this.find(check) === undefined, { seconds });
  }

  /** Carries out the commands of `patronictl` in an advice that match; every question is answered with yes. */
  async carryOut(advice: string, pattern: RegExp): Promise<void> {
    const commands = commandsIn(advice).filter((command) => pattern.test(command));
    assert(commands.length > 0, `${pattern} in ${advice}`);
    for (const command of commands) {
      const { code, output } = await this.cluster.ctl(
        ...argumentsOf(command),
        ...FORCED.test(command) ? ["--force"] : [],
      );
      assertEquals(code, 0, `${command}: ${output}`);
    }
  }

  async leader(): Promise<PatroniNode> {
    const found = await this.cluster.leader();
    if (found === null) throw new Error("No leader");
    return found;
  }

  async ctl(...args: readonly string[]): Promise<void> {
    const { code, output } = await this.cluster.ctl(...args);
    assertEquals(code, 0, output);
  }

  async configure(...args: readonly string[]): Promise<void> {
    await this.ctl("edit-config", "lab", ...args, "--force");
  }

  async untilPending(): Promise<void> {
    await until(
      "a restart to be pending",
      async () => (await this.cluster.ctl("list", "lab")).output.includes("*"),
    );
  }

  async slotOf(name: string): Promise<string | null> {
    return await (await this.leader()).text(
      `SELECT wal_status FROM pg_replication_slots WHERE slot_name = '${name}'`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exporter[Symbol.asyncDispose]();
    await this.cluster[Symbol.asyncDispose]();
  }
}

/** Commands that ask before they act. */
const FORCED = /^patronictl (?:edit-config|restart|reinit|switchover|failover)/;

function serversOf(nodes: readonly PatroniNode[]): readonly string[] {
  return nodes.map((node) => `--server=${node.name}=${node.dsn()}`);
}

/** Commands as a person would copy them: up to the prose behind. */
function commandsIn(advice: string): readonly string[] {
  return [
    ...advice.matchAll(
      /patronictl [a-z-]+ lab((?: (?:-{1,2}[a-z]+|'[^']*'|[\w.]+=[\w.]+|n\d\b|replica\b|leader\b))*)/g,
    ),
  ]
    .map(([command]) => command);
}

/** A command line as a shell reads it, without the program. */
function argumentsOf(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "").slice(1);
}

async function run(args: readonly string[]): Promise<{ readonly code: number; readonly stdout: string }> {
  const { code, stdout } = await new Deno.Command(FROM_SOURCE[0] ?? "", {
    args: [...FROM_SOURCE.slice(1), ...args, "--log.level=error"],
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

/** Writes WAL, a segment a second time, until old files go. */
async function writeWal(node: PatroniNode, segments: number): Promise<void> {
  for (let index = 0; index < segments; index++) {
    await node.sql("INSERT INTO test_data (data) VALUES ('x')");
    await node.sql("SELECT pg_switch_wal()");
  }
  await node.sql("CHECKPOINT");
}

Deno.test({
  name: `Patroni is recognized, and what is advised is done by patronictl${missing}`,
  ignore: missing !== "",
}, async (t) => {
  await using watched = await Watched.start();
  const { cluster } = watched;

  await t.step("each node alone shows it at the first collection", async () => {
    for (const node of cluster.nodes) {
      const { stdout } = await run(["report", "--format=json", ...serversOf([node])]);
      const seen: Seen = JSON.parse(stdout);
      assertEquals(
        seen.clusters.map(({ manager }) => [manager?.name, manager?.certainty]),
        [["patroni", "certain"]],
        node.name,
      );
    }
    const metrics = await (await fetch(`${watched.exporter.url}/metrics`)).text();
    for (const { name } of cluster.nodes) {
      assertMatch(
        metrics,
        new RegExp(`pgrepl_server_manager_info{instance="${name}".*manager="patroni".*} 1`),
      );
    }
    const page = await (await fetch(watched.exporter.url)).text();
    assertStringIncludes(page, "Managed by");
    assertMatch((await run(["doctor", ...serversOf(cluster.nodes)])).stdout, /Managed by Patroni/);
  });

  await t.step("preflight: its switchover is carried out", async () => {
    const { stdout, code } = await run([
      "preflight",
      "n2",
      "--json",
      "--sample=1s",
      ...serversOf(cluster.nodes),
    ]);
    const { verdict, steps } = JSON.parse(stdout);
    assertEquals([code, verdict], [0, "go"], stdout);
    const commands: string[] = steps.flatMap((step: { commands: string[] }) => step.commands);
    assertEquals(commands, [
      "patronictl list lab",
      "patronictl switchover lab --candidate n2",
      "patronictl list lab",
      "pg-replication-exporter doctor # with the same --server: it contains a password",
    ]);
    await watched.carryOut(commands.join("; "), /./);
    assertEquals((await cluster.untilStreaming()).name, "n2");
    await until(
      "the exporter to see it",
      async () => (await watched.see()).clusters[0]?.primaries.join() === "n2",
    );
  });

  await t.step("slots_limit: a setting that needs a restart, of standbys first", async () => {
    await watched.configure(
      "-p",
      "max_replication_slots=4",
      "-s",
      "slots.extra1.type=physical",
      "-s",
      "slots.extra2.type=physical",
    );
    await watched.untilPending();
    for (const role of ["leader", "replica"]) {
      await watched.ctl("restart", "lab", "--role", role, "--pending", "--force");
    }
    await cluster.untilStreaming();
    const advice = await watched.advice("slots_limit", "max_replication_slots=8");
    await watched.carryOut(advice, /edit-config/);
    await watched.untilPending();
    await watched.carryOut(advice, /restart/);
    await cluster.untilStreaming();
    await watched.gone("slots_limit");
  });

  await t.step("slot_inactive: a permanent slot of the configuration", async () => {
    const advice = await watched.advice("slot_inactive", "slots.extra1");
    await watched.carryOut(advice, /slots\.extra1=null/);
    await until(
      "Patroni to drop it",
      async () =>
        await (await watched.leader()).text(
          "SELECT 1 FROM pg_replication_slots WHERE slot_name = 'extra1'",
        ) === null,
    );
  });

  await t.step("slot_lost of the configuration: taken out and added again", async () => {
    await writeWal(await watched.leader(), 16);
    const advice = await watched.advice("slot_lost", "extra2");
    await watched.carryOut(advice, /slots\.extra2=null/);
    await watched.gone("slot_lost");
    await watched.configure("-s", "slots.extra2.type=physical");
    await until("Patroni to create it again", async () => await watched.slotOf("extra2") === "reserved");
    await watched.configure("-s", "slots.extra2=null");
  });

  await t.step("slot_lost of a member: it gets a new one and is rebuilt", async () => {
    const node = cluster.node("n3");
    await (await watched.leader()).sql("ALTER ROLE replicator NOLOGIN");
    await (await watched.leader()).sql(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'n3'",
    );
    await writeWal(await watched.leader(), 16);
    const advice = await watched.advice("slot_lost", "n3");
    await (await watched.leader()).sql("ALTER ROLE replicator LOGIN");
    assertStringIncludes(advice, "stop Patroni on that member's host until Patroni has dropped the slot");
    await node.stopAgent();
    await until("Patroni to drop it", async () => await watched.slotOf("n3") === null, { seconds: 60 });
    await watched.gone("slot_lost");
    await node.startAgent();
    const isListed = async () => /n3 .*Replica/.test((await cluster.ctl("list", cluster.scope)).output);
    await until("Patroni to list it again", isListed, { seconds: 60 });
    await watched.advice("wal_removed", "patronictl reinit lab n3");
    await watched.carryOut(advice.replaceAll("MEMBER", "n3"), /reinit/);
    await cluster.untilStreaming();
    await watched.gone("wal_removed");
  });

  await t.step("wal_removed: the member is rebuilt", async () => {
    const node = cluster.nodes.find((each) => each !== cluster.node("n2")) ?? cluster.node("n3");
    await node.stopAgent();
    await until(
      "its slot to go",
      async () =>
        await (await watched.leader()).text(
          `SELECT 1 FROM pg_replication_slots WHERE slot_name = '${node.name}'`,
        ) ===
          null,
      {
        seconds: 60,
      },
    );
    await writeWal(await watched.leader(), 16);
    await node.startAgent();
    const advice = await watched.advice("wal_removed", `patronictl reinit lab ${node.name}`);
    await watched.carryOut(advice, /reinit/);
    await cluster.untilStreaming();
    await watched.gone("wal_removed");
  });
});

Deno.test({
  name: `synchronous commits, a pause and failovers under Patroni: what is advised is done${missing}`,
  ignore: missing !== "",
}, async (t) => {
  await using watched = await Watched.start();
  const { cluster } = watched;

  await t.step("sync_no_spare without synchronous_mode: another member is named", async () => {
    await watched.configure("-p", "synchronous_standby_names=n3");
    const advice = await watched.advice("sync_no_spare", "ANY 1");
    await watched.carryOut(advice, /-p 'synchronous_standby_names=/);
    await watched.gone("sync_no_spare");
    await watched.configure("-p", "synchronous_standby_names=null");
  });

  await t.step("sync_no_spare with synchronous_mode: Patroni names another member itself", async () => {
    await watched.configure("-s", "synchronous_mode=true");
    const advice = await watched.advice("sync_no_spare");
    assertStringIncludes(advice, "Patroni names another member that streams when one fails");
    const before = await untilSeen(async () =>
      (await cluster.list()).find(({ role }) => role === "Sync Standby")?.name
    );
    await cluster.node(before).kill();
    await (await watched.leader()).sql("INSERT INTO test_data (data) VALUES ('committed')", 40);
    const now = await untilSeen(async () =>
      (await cluster.list()).find(({ role, name }) => role === "Sync Standby" && name !== before)?.name
    );
    assert(now !== before);
    await cluster.node(before).startAgent();
    await cluster.untilStreaming();
  });

  await t.step("preflight for one that is not synchronous", async () => {
    const name = await untilSeen(async () =>
      (await cluster.list()).find(({ role }) => role === "Replica")?.name
    );
    const { stdout } = await run(["preflight", name, "--sample=1s", ...serversOf(cluster.nodes)]);
    assertStringIncludes(stdout.replaceAll(/\s+/g, " "), "may reject a switchover to it");
    const refused = await cluster.ctl("switchover", "lab", "--candidate", name, "--force");
    assertStringIncludes(refused.output, "Switchover failed");
  });

  await t.step("sync_short in strict mode: commits are let through", async () => {
    await watched.configure("-s", "synchronous_mode_strict=true");
    const primary = await watched.leader();
    const others = cluster.nodes.filter((node) => node !== primary);
    for (const node of others) await node.kill();
    await using client = primary.connect("postgres");
    const commit = client.query("INSERT INTO test_data (data) VALUES ('waits')", 120);
    const advice = await watched.advice("sync_short", "synchronous_mode=false");
    await watched.carryOut(advice, /synchronous_mode=false/);
    await commit;
    await watched.gone("sync_short");
    await watched.configure("-s", "synchronous_mode_strict=null");
    for (const node of others) await node.startAgent();
    await cluster.untilStreaming();
  });

  await t.step("no_primary while Patroni is paused: it is resumed", async () => {
    await watched.ctl("pause", "lab", "--wait");
    await (await watched.leader()).killPostgres();
    const advice = await watched.advice("no_primary", "patronictl resume lab");
    assertMatch((await cluster.ctl("list", "lab")).output, /Maintenance mode: on/);
    await watched.carryOut(advice, /resume/);
    await cluster.untilStreaming();
    await watched.gone("no_primary");
  });

  await t.step(
    "a failover by kill: Patroni promotes itself, and the dead member is started again",
    async () => {
      const dead = await watched.leader();
      await dead.kill();
      await until("another leader", async () => {
        const now = await cluster.leader();
        return now !== null && now !== dead;
      }, { seconds: 90 });
      const advice = await watched.advice("connection_refused", "start Patroni on its host");
      assertStringIncludes(advice, "patronictl list lab");
      await dead.startAgent();
      await cluster.untilStreaming();
      await watched.gone("connection_refused");
      let left: readonly string[] = [];
      await until("nothing but notes to be left", async () => {
        left = (await watched.see()).findings.map(({ check, server, subject }) =>
          `${check} ${server} ${subject}`
        );
        return left.every((each) => /^(slots_keep_unlimited|checksums_off)/.test(each));
      }).catch((error: unknown) => {
        throw new Error(left.join("; "), { cause: error });
      });
    },
  );
});

async function untilSeen<T>(look: () => Promise<T | undefined>): Promise<T> {
  let found: T | undefined;
  await until("it to be seen", async () => (found = await look()) !== undefined, { seconds: 60 });
  if (found === undefined) throw new Error("Not seen");
  return found;
}
