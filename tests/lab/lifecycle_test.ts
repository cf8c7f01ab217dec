/** What a run leaves behind: nothing, whether it ends well, fails, is stopped half-way or is killed. */
import { assert, assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import {
  isAlive,
  killAll,
  markOf,
  processesIn,
  sendSignal,
  treeOf,
  untilEnded,
} from "../../compose/lab/processes.ts";
import { cleanDeadRuns, findRuns, Run } from "../../compose/lab/records.ts";
import { canPass, chooseServiceUser } from "../../compose/lab/service_user.ts";
import { until } from "../../compose/lab/until.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Key of the shared memory segment of a running server. */
async function readSegmentKey(dataDir: string): Promise<string> {
  const [, key] = /\n +(\d+) +\d+ *\n/.exec(await Deno.readTextFile(`${dataDir}/postmaster.pid`)) ?? [];
  return key ?? "";
}

async function hasSegment(key: string): Promise<boolean> {
  const table = await Deno.readTextFile("/proc/sysvipc/shm");
  return table.split("\n").some((line) => Number(line.trim().split(/\s+/)[0]) === Number(key));
}

/** Directories of runs that this very process owns. */
async function ownRuns(): Promise<readonly string[]> {
  return (await findRuns()).filter((run) => run.record.owner.pid === Deno.pid).map((run) => run.directory);
}

/**
 * A temporary directory that only this test and the processes it starts look into, so that no other run on this
 * machine cleans up before we do.
 */
async function ownTemporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const before = Deno.env.get("TMPDIR");
  const path = await Deno.makeTempDir();
  await Deno.chmod(path, 0o755);
  Deno.env.set("TMPDIR", path);
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (before === undefined) Deno.env.delete("TMPDIR");
      else Deno.env.set("TMPDIR", before);
      await Deno.remove(path, { recursive: true });
    },
  };
}

/** A program that starts a cluster, says where and waits to be killed. */
function startOwner(
  options: { deno?: string; env?: Record<string, string>; uid?: number; gid?: number; cwd?: string } = {},
) {
  const { deno = Deno.execPath(), env, ...rest } = options;
  const script = `
    import { startCluster } from "${ROOT}compose/lab/cluster.ts";
    await using cluster = await startCluster({ standbys: 1 });
    await cluster.primary.sql("INSERT INTO test_data (data) VALUES ('x')");
    await cluster.untilCaughtUp();
    console.log(cluster.run.directory);
    if (Deno.args[0] !== "once") await new Promise((resolve) => setTimeout(resolve, 60_000));
  `;
  return (once: boolean) =>
    new Deno.Command(deno, {
      args: ["eval", "--config", `${ROOT}deno.json`, "--no-lock", script, ...(once ? ["once"] : [])],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(env === undefined ? {} : { env }),
      ...rest,
    }).spawn();
}

Deno.test("startCluster() runs side by side and leaves nothing", async () => {
  const directories: string[] = [];
  let segment = "";
  {
    const clusters = await Promise.all([
      startCluster({ standbys: 1 }),
      startCluster({ standbys: 0, major: 15 }),
    ]);
    await using _stack = new AsyncDisposableStack();
    for (const cluster of clusters) _stack.use(cluster);
    const ports = clusters.flatMap((cluster) => cluster.servers.map((server) => server.port));
    assertEquals(new Set(ports).size, 3);
    const identifiers = await Promise.all(
      clusters.map((cluster) => cluster.primary.text("SELECT system_identifier FROM pg_control_system()")),
    );
    assert(identifiers[0] !== identifiers[1]);
    assertEquals(clusters[1]?.binaries.major, 15);
    segment = await readSegmentKey(`${clusters[1]?.run.directory}/primary`);
    assert(await hasSegment(segment), "the server's shared memory");
    await clusters[1]?.faults.kill("primary"); // SIGKILL leaves a postmaster.pid and a shared memory segment
    directories.push(...clusters.map((cluster) => cluster.run.directory));
    assertEquals((await ownRuns()).toSorted(), directories.toSorted());
  }
  for (const directory of directories) {
    assertEquals(await exists(directory), false);
    assertEquals(await processesIn(directory), []);
  }
  assertEquals(await hasSegment(segment), false);
});

Deno.test("startCluster() keeps the roles and defaults that are promised", async () => {
  await using cluster = await startCluster({ standbys: 2, cascade: true, load: 100 });
  const { primary } = cluster;
  assertEquals(cluster.upstreamOf("standby2").name, "standby");
  assertEquals(await primary.text("SELECT pg_has_role('monitor', 'pg_monitor', 'member')"), "true");
  assertEquals(await primary.text("SELECT pg_has_role('plain', 'pg_monitor', 'member')"), "false");
  const schemes = "SELECT bool_and(rolpassword LIKE 'SCRAM-SHA-256%') FROM pg_authid WHERE rolcanlogin";
  assertEquals(await primary.text(schemes), "true");
  assertEquals(await primary.text("SHOW fsync"), "off");
  assertEquals(await primary.text("SHOW wal_sender_timeout"), "1min");
  assertEquals(await cluster.server("standby2").text("SHOW cluster_name"), "standby2");
  await until("the write load", () => (cluster.load?.written ?? 0) >= 20);
  const rows = await primary.text(
    "SELECT count(*) >= 20 AND bool_and(created_at IS NOT NULL AND data IS NOT NULL) FROM test_data",
  );
  assertEquals(rows, "true");
  assertEquals(
    await primary.text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lab'"),
    "2",
    "the superuser's connection and one for the load",
  );
});

Deno.test("startCluster() says why it failed and leaves nothing", async (t) => {
  await t.step("no PostgreSQL in the directory", async () => {
    const error = await assertRejects(() => startCluster({ binaries: "/nowhere/bin" }), Error);
    assertStringIncludes(error.message, "No PostgreSQL in /nowhere/bin");
  });
  await t.step("a setting that PostgreSQL refuses", async () => {
    const error = await assertRejects(() => startCluster({ settings: { max_wal_senders: "many" } }), Error);
    assertStringIncludes(error.message, 'invalid value for parameter "max_wal_senders"');
  });
  await t.step("an unknown major version", async () => {
    await assertRejects(() => startCluster({ major: 12 }), RangeError, "No PostgreSQL 12 in the lab");
  });
  await t.step("a registry that cannot be reached", async () => {
    const home = await Deno.makeTempDir();
    try {
      const { success, stderr } = await startOwner({
        env: { HOME: home, DENO_DIR: `${home}/deno`, NPM_CONFIG_REGISTRY: "http://127.0.0.1:1/" },
      })(true).output();
      const text = new TextDecoder().decode(stderr);
      assertEquals(success, false, text);
      assertStringIncludes(text, "127.0.0.1:1");
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  });
  await t.step("stopped half-way", async () => {
    const stop = new AbortController();
    const reason = new Error("Enough");
    const started = startCluster({
      signal: stop.signal,
      onProgress: (message) => message.startsWith("Starting") && stop.abort(reason),
    });
    assertEquals(await assertRejects(() => started), reason);
  });
  assertEquals(await ownRuns(), []);
});

Deno.test("an interrupted or killed test run is cleaned up at once, with nobody there to start another", async (t) => {
  await using temporary = await ownTemporaryDirectory();
  const program = `${temporary.path}/lab_test.ts`;
  await Deno.writeTextFile(
    program,
    `
    import { startCluster } from "${ROOT}compose/lab/cluster.ts";
    Deno.test("hangs", async () => {
      await using cluster = await startCluster({ standbys: 0, logical: {} });
      await Deno.writeTextFile(Deno.env.get("READY") + ".new", cluster.run.directory);
      await Deno.rename(Deno.env.get("READY") + ".new", Deno.env.get("READY"));
      await new Promise((resolve) => setTimeout(resolve, 600_000));
    });
  `,
  );
  const interrupt = async (signal: Deno.Signal) => {
    const ready = `${temporary.path}/${signal}`;
    const run = new Deno.Command(Deno.execPath(), {
      args: ["test", "-A", "--no-check", "--no-lock", "--config", `${ROOT}deno.json`, program],
      env: { READY: ready },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await until("the lab to run", () => exists(ready), { seconds: 60 });
    } finally {
      run.kill(signal);
      await run.status;
    }
    const directory = await Deno.readTextFile(ready);
    assert(directory.startsWith(`${temporary.path}/pgrepl-lab-`), directory);
    await until("the lab to be cleaned up", async () => !(await exists(directory)), { seconds: 60 });
    assertEquals(await processesIn(directory), []);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;
  const results = await Promise.allSettled(signals.map(interrupt));
  for (const [index, signal] of signals.entries()) {
    await t.step(signal, () => {
      const result = results[index];
      if (result?.status === "rejected") throw result.reason;
    });
  }
});

Deno.test("the next start cleans what a killed run left when nobody else did, and only that", async () => {
  await using temporary = await ownTemporaryDirectory();
  await using bystander = await startCluster({ standbys: 0 });
  const owner = startOwner()(false);
  const reader = owner.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const directory = (await reader.read()).value?.trim() ?? "";
  try {
    assert(directory.startsWith(`${temporary.path}/pgrepl-lab-`), directory);
    const left = await processesIn(directory);
    assert(left.length > 10, `expected a primary and a standby at work, found ${left.length} processes`);
    // As when the machine's memory runs out: the process that would clean up is killed first.
    await killAll((await treeOf(owner.pid)).filter(({ name }) => name === "sh"));
    owner.kill("SIGKILL");
    await owner.status;
    // A frozen server must not escape.
    for (const each of left) sendSignal(each.pid, "SIGSTOP");
    const pids = new Set(left.map((each) => each.pid));
    const postmasters = left.filter((each) => !pids.has(each.parent));
    assertEquals(await Promise.all(postmasters.map(isAlive)), [true, true]);
    const bystanders = await processesIn(bystander.run.directory);

    assertEquals(await cleanDeadRuns(), [directory]);

    assertEquals(await exists(directory), false);
    assertEquals(await untilEnded(left, 0), true);
    assertEquals(await bystander.primary.text("SELECT 1"), "1");
    assertEquals((await processesIn(bystander.run.directory)).length >= bystanders.length - 1, true);
  } finally {
    await reader.cancel();
    await owner.stderr.cancel();
    await cleanDeadRuns();
  }
});

Deno.test("sendSignal() refuses what would be our own process group", () => {
  for (const pid of [0, Number(""), -1, NaN]) assertThrows(() => sendSignal(pid, "SIGWINCH"), RangeError);
});

Deno.test("a record with a pid that now belongs to somebody else harms nobody", async () => {
  await using temporary = await ownTemporaryDirectory();
  const directory = await Deno.makeTempDir({ dir: temporary.path, prefix: "pgrepl-lab-1-" });
  const sleeper = new Deno.Command("sleep", { args: ["30"] }).spawn();
  try {
    await using own = await Run.create("own", temporary.path);
    const record = JSON.parse(await Deno.readTextFile(`${own.directory}/record.json`));
    const stale = { pid: sleeper.pid, started: "long ago" };
    await Deno.writeTextFile(
      `${directory}/record.json`,
      JSON.stringify({ ...record, owner: stale, processes: [stale] }),
    );
    assertEquals(await cleanDeadRuns(), [directory]);
    assertEquals(await exists(directory), false);
    assert(await markOf(sleeper.pid) !== null);
  } finally {
    sleeper.kill("SIGKILL");
    await sleeper.status;
  }
});

// An ordinary user has just proved it with every other test; one who cannot read this directory could not.
const user = Deno.uid() === 0 && await canPass(ROOT) ? await chooseServiceUser() : null;

Deno.test({
  name: "an ordinary user with an empty home runs it too",
  ignore: user === null,
  async fn() {
    if (user === null) return;
    const home = await Deno.makeTempDir();
    try {
      await Deno.chmod(home, 0o755);
      const writable = `${home}/home`;
      await Deno.mkdir(writable);
      await Deno.chown(writable, user.uid, user.gid);
      // Run by npx as root, Deno itself lies where nobody else may read.
      const deno = `${home}/deno`;
      await Deno.copyFile(Deno.execPath(), deno);
      await Deno.chmod(deno, 0o755);
      const { success, stdout, stderr } = await startOwner({
        deno,
        env: { HOME: writable, DENO_DIR: `${writable}/deno`, TMPDIR: writable },
        cwd: "/",
        ...user,
      })(true).output();
      const text = new TextDecoder().decode(stderr);
      assertEquals(success, true, text);
      assertStringIncludes(new TextDecoder().decode(stdout), `${writable}/pgrepl-lab-`);
      const left = (await Array.fromAsync(Deno.readDir(writable))).map((entry) => entry.name);
      assertEquals(left.filter((name) => name.startsWith("pgrepl-lab-")), []);
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  },
});
