import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import bcrypt from "bcryptjs";
import { compile, NoDenortError } from "../../compose/build/compile.ts";
import { startCluster } from "../../compose/lab/cluster.ts";
import { until } from "../../compose/lab/until.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { now } from "../truth/markers.ts";
import { Pace } from "../truth/pace.ts";
import { compareExpositions, type Difference, type Exposition, parseExposition } from "./exposition.ts";

/** Series whose values differ between two moments or two processes. */
const MOVING =
  /^(process_|pgrepl_build_info)|_seconds(_total|_bucket|_count|_sum)?\b|_bytes(_total)?\b|_age\b|_per_second\b|_rate\b|_total\b/;
/** Series whose labels say which program it is. */
const OWN = /^pgrepl_build_info\b/;
/** Longest wait for a `denort` that has to be downloaded. */
const DOWNLOAD_MS = 60_000;

const directory = await Deno.makeTempDir({ prefix: "pgrepl-binary-" });
const home = `${directory}/home`;
const binary = `${directory}/pg-replication-exporter`;
/** Neither Deno nor Node nor anything else is on the path, and the home is empty. */
const BARE = { HOME: home, PATH: home };

globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));

/** Why there is no binary to test; null when there is one. A failure to compile is no reason: it is thrown. */
async function build(): Promise<string | null> {
  await Deno.mkdir(home);
  try {
    await compile({ output: binary, signal: AbortSignal.timeout(DOWNLOAD_MS) });
    return null;
  } catch (error) {
    if (error instanceof NoDenortError) return error.message.replace(/ Deno said:.*$/s, "");
    throw error;
  }
}

const reason = await build();

async function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const output = await new Deno.Command(binary, { args, clearEnv: true, env: BARE, stdin: "null" }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
}

if (reason !== null) Deno.test({ name: `binary: skipped. ${reason}`, ignore: true, fn: () => {} });

function testBinary(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `binary: ${name}`, ignore: reason !== null, fn });
}

testBinary("--version names version and commit", async () => {
  const { code, stdout } = await run("--version");
  assertEquals(code, 0);
  const { version } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  assertStringIncludes(stdout, version);
  assert(/\b[0-9a-f]{12}\b|\bunknown\b/.test(stdout), stdout);
});

testBinary("--version needs no variable at all", async () => {
  const output = await new Deno.Command(binary, { args: ["--version"], clearEnv: true, stdin: "null" })
    .output();
  assertEquals(output.code, 0);
});

testBinary("--help lists the flags", async () => {
  const { code, stdout } = await run("--help");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "--web.listen-address");
});

testBinary("a bad flag ends with exit status 2 and a suggestion", async () => {
  const { code, stderr } = await run("serve", "--web.listen-adress=:0");
  assertEquals(code, 2);
  assertStringIncludes(stderr, "--web.listen-address");
});

testBinary("a name is resolved without a warning of the runtime on standard error", async () => {
  const { code, stdout, stderr } = await run(
    "check-config",
    "--connect",
    "--server=a=host=localhost port=1 user=u",
  );
  assertStringIncludes(stdout, "login    fail  Cannot connect to server");
  assertEquals([code, stderr], [1, ""]);
});

testBinary("serve scrapes as from source, SIGTERM ends it", async () => {
  await using cluster = await startCluster({ standbys: 1 });
  const args = cluster.servers.map((server) => `--server=${server.name}=${server.dsn()}`);
  await using compiled = await ServeProcess.start([binary], { args, env: BARE });
  await using source = await ServeProcess.start(FROM_SOURCE, { args });
  const compared: { scrape: Exposition; difference: Difference }[] = [];
  // Some series are there only while WAL is under way, and some from the second reading on: one moment at which the
  // two agree is wanted.
  await until("the two scrapes to agree", async () => {
    const [a, b] = (await Promise.all([compiled.scrape(), source.scrape()])).map(parseExposition);
    if (a === undefined || b === undefined) return false;
    const difference = compareExpositions(a, b, { moving: MOVING, own: OWN });
    compared.push({ scrape: a, difference });
    const { metadata, series, values } = difference;
    return metadata.length + series.length + values.length === 0;
  }).catch((error) => {
    throw new Error(`They disagree: ${JSON.stringify(compared.at(-1)?.difference)}`, { cause: error });
  });
  const last = compared.at(-1);
  assert(last !== undefined && last.difference.compared > 150, JSON.stringify(last?.difference));
  for (const { name } of cluster.servers) {
    const up = [...last.scrape.series].filter(([series]) =>
      series.startsWith(`pgrepl_up{instance="${name}"`)
    );
    assertEquals(up.map(([, value]) => value), ["1"], name);
  }
  // The other one gets no signal: it waits for the same as this one.
  await using pace = new Pace({
    ask: () =>
      source.fetch("/-/healthy").then((answer) => answer.body?.cancel()).then(() => true, () => false),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
  const toldAt = now();
  const ending = await compiled.stop("SIGTERM");
  const seconds = pace.fairIn({ from: toldAt, to: now() });
  assertEquals(ending.code, 0, await compiled.log());
  assert(seconds < 2, `SIGTERM took ${seconds} s`);
  assertEquals(await Array.fromAsync(Deno.readDir(home)), []);
});

testBinary("what is loaded only when it is asked for is in it: configuration file, logins", async () => {
  const config = `${directory}/config.yml`;
  const web = `${directory}/web.yml`;
  await Deno.writeTextFile(web, `basic_auth_users: { prom: "${bcrypt.hashSync("binary", 4)}" }\n`);
  await Deno.writeTextFile(
    config,
    `servers: [{ name: a, dsn: "host=127.0.0.1 port=1 user=u" }]\nweb: { config: { file: web.yml } }\n`,
  );
  await using exporter = await ServeProcess.start([binary], {
    args: [`--config.file=${config}`, "--management.socket=none"],
    env: BARE,
    answers: 401,
  });
  const statusFor = async (login: string) => {
    const headers = { authorization: `Basic ${btoa(login)}` };
    const response = await exporter.fetch("/metrics", { headers });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals([await statusFor("prom:binary"), await statusFor("prom:wrong")], [200, 401]);
});
