import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runtimeFlags } from "../../compose/build/runtime_flags.ts";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { HAS_LIMITS as CAN_CHECK_CLIENTS } from "../web/deno_version.ts";
import { HASH } from "../web/security/corpus.ts";
import { Workshop } from "../web/security/workshop.ts";
import { until } from "./support.ts";

/** The exporter with the permissions of the binary, and one more writable directory for the socket of a test. */
function withDirectory(directory: string): readonly string[] {
  const flags = runtimeFlags().map((flag) =>
    flag.startsWith("--allow-write=") ? `${flag},${directory}` : flag
  );
  const [program = "", ...rest] = FROM_SOURCE;
  return [program, "run", "--quiet", ...flags, rest.at(-1) ?? ""];
}

const NOBODY = "--server=a=host=127.0.0.1 port=1 user=nobody";

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(
  command: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const [program = "", ...first] = command;
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...first, ...args],
    env,
    stdin: "null",
  })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test({ name: "ctl over the management socket", ignore: Deno.build.os === "windows" }, async (t) => {
  await using workshop = await Workshop.open();
  const socket = workshop.path("ctl.sock");
  const command = withDirectory(workshop.directory);
  const ctl = (...args: string[]) => run(command, ["ctl", ...args, `--socket=${socket}`]);
  const config = await workshop.write(
    "exporter.yml",
    "servers:\n  - name: a\n    dsn: host=127.0.0.1 port=1 user=u\n",
  );

  await t.step("no exporter is running", async () => {
    const { code, stderr } = await ctl("ping");
    assertEquals(code, 3, stderr);
    assertStringIncludes(stderr, "there is no such socket; is the exporter running");
  });

  await using exporter = await ServeProcess.start(command, {
    args: [`--config.file=${config}`, `--management.socket=${socket}`],
  });

  await t.step("only the owner can use the socket, and no other file remains", async () => {
    const info = await Deno.stat(socket);
    assertEquals([info.isSocket, (info.mode ?? 0) & 0o777], [true, 0o600]);
    const names = (await Array.fromAsync(Deno.readDir(workshop.directory))).map(({ name }) => name);
    assertEquals(names.filter((name) => name.startsWith(".")), []);
  });

  await t.step("curl can use it", async () => {
    const { status, body } = await workshop.curl("http://ctl/v1/status", "--unix-socket", socket);
    assertEquals(status, 200);
    assertEquals(JSON.parse(body).servers[0].name, "a");
    const put = await workshop.curl(
      "http://ctl/v1/log-level",
      "--unix-socket",
      socket,
      "-X",
      "PUT",
      "-d",
      '{"level":"warn"}',
    );
    assertEquals([put.status, JSON.parse(put.body)], [200, { level: "warn" }]);
    assertEquals((await workshop.curl("http://ctl/v1/nothing", "--unix-socket", socket)).status, 404);
    assertEquals((await workshop.curl("http://ctl/v1/reload", "--unix-socket", socket)).status, 405);
  });

  await t.step("ping, status, config and log-level", async () => {
    assertMatch(
      (await ctl("ping")).stdout,
      /^pg-replication-exporter \S+ \(revision \S+\), process \d+, is running\n$/,
    );
    const status = await ctl("status");
    assertEquals(status.code, 0);
    assertStringIncludes(status.stdout, "log level  warn");
    assertMatch(status.stdout, /^a\s+down\s+-\s+-$/m);
    assertEquals(JSON.parse((await ctl("status", "--json")).stdout).pid, exporter.pid);
    assertEquals(JSON.parse((await ctl("config")).stdout).servers[0].name, "a");
    assertEquals((await ctl("log-level", "info")).code, 0);
    assertEquals((await ctl("log-level", "loud")).code, 2);
    assertEquals((await ctl("staus")).code, 2);
  });

  await t.step("reload reports what has changed, or what is wrong", async () => {
    await workshop.write("exporter.yml", "servers:\n  - name: b\n    dsn: host=127.0.0.1 port=1 user=u\n");
    const good = await ctl("reload");
    assertEquals([good.code, good.stdout], [
      0,
      'Configuration reloaded:\n  server "b" added\n  server "a" removed\n',
    ]);
    await workshop.write("exporter.yml", "serverz: []\nlog:\n  level: loud\n");
    const bad = await ctl("reload");
    assertEquals(bad.code, 1);
    assertStringIncludes(bad.stderr, "the previous one stays in effect:");
    assertMatch(bad.stderr, /exporter\.yml:1:1: .*"servers"/);
    assertMatch(bad.stderr, /exporter\.yml:3:/);
    assertStringIncludes((await ctl("status")).stdout, "exporter.yml:1:1");
    assertStringIncludes(await exporter.scrape(), 'pgrepl_up{instance="b"} 0');
  });

  await t.step("a second exporter does not take over the socket of the first", async () => {
    const { code, stderr } = await run(command, [
      "serve",
      NOBODY,
      "--web.listen-address=127.0.0.1:0",
      `--management.socket=${socket}`,
    ]);
    assertEquals(code, 1, stderr);
    assertStringIncludes(stderr, "another exporter does; stop it");
    assertEquals((await ctl("ping")).code, 0);
  });

  await t.step("shutdown responds first, and the socket is removed", async () => {
    const { code, stdout } = await ctl("shutdown");
    assertEquals([code, stdout], [0, "The exporter is stopping\n"]);
    await until("it to end", async () => (await Deno.stat(socket).catch(() => null)) === null);
    assertEquals((await exporter.ended()).code, 0);
  });
});

Deno.test({
  name: "a stale socket is replaced, a file is not",
  ignore: Deno.build.os === "windows",
}, async () => {
  await using workshop = await Workshop.open();
  const socket = workshop.path("ctl.sock");
  const command = withDirectory(workshop.directory);
  const args = [NOBODY, `--management.socket=${socket}`];
  {
    await using killed = await ServeProcess.start(command, { args });
    assertEquals((await killed.stop("SIGKILL")).code !== 0, true);
  }
  assertEquals((await Deno.stat(socket)).isSocket, true);
  const dead = await run(command, ["ctl", "ping", `--socket=${socket}`]);
  assertEquals(dead.code, 3);
  assertStringIncludes(dead.stderr, "nothing listens on it");
  {
    await using exporter = await ServeProcess.start(command, { args });
    assertEquals((await run(command, ["ctl", "ping", `--socket=${socket}`])).code, 0);
    assertEquals((await exporter.stop()).code, 0);
  }
  await workshop.write("ctl.sock", "mine");
  const { code, stderr } = await run(command, ["serve", "--web.listen-address=127.0.0.1:0", ...args]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "the path is not a socket");
  assertEquals(await Deno.readTextFile(socket), "mine");
});

Deno.test({ name: "ctl over TLS, with a certificate or a login", ignore: !CAN_CHECK_CLIENTS }, async (t) => {
  await using workshop = await Workshop.open();
  await workshop.issue("server");
  await workshop.issue("admin", { names: "DNS:admin" });
  const tls = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";
  const clients = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n";
  const serving = async (web: string, ...args: string[]) =>
    await ServeProcess.start(FROM_SOURCE, {
      args: [
        NOBODY,
        "--management.socket=none",
        `--web.config.file=${await workshop.write("web.yml", web)}`,
        ...args,
      ],
      isTls: true,
    });
  const ctl = (exporter: ServeProcess, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    run(FROM_SOURCE, [
      "ctl",
      ...args,
      `--url=${exporter.url.replace("127.0.0.1", "localhost")}`,
      `--ca-file=${workshop.path("ca.crt")}`,
    ], env);

  await t.step("a certificate", async () => {
    await using exporter = await serving(tls + clients, "--web.enable-management");
    const identity = [
      `--cert-file=${workshop.path("admin.crt")}`,
      `--key-file=${workshop.path("admin.key")}`,
    ];
    const { code, stdout, stderr } = await ctl(exporter, ["status", ...identity]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "(TLS, RequireAndVerifyClientCert, no logins)");
    assertEquals((await ctl(exporter, ["reload", ...identity])).code, 0);
    const without = await ctl(exporter, ["status"]);
    assertEquals(without.code, 3, without.stderr);
    assertStringIncludes(without.stderr, "Cannot reach the exporter");
    const strange = await run(FROM_SOURCE, ["ctl", "ping", `--url=${exporter.url}`]);
    assertEquals(strange.code, 3);
    assertStringIncludes(strange.stderr, "--ca-file");
  });

  await t.step("a login", async () => {
    await using exporter = await serving(
      `${tls}basic_auth_users:\n  alice: ${HASH}\n`,
      "--web.enable-management",
    );
    const right = await ctl(exporter, ["ping", "--user=alice"], { PGREPL_CTL_PASSWORD: "secret" });
    assertEquals(right.code, 0, right.stderr);
    const wrong = await ctl(exporter, ["ping", "--user=alice"], { PGREPL_CTL_PASSWORD: "canary-1" });
    assertEquals([wrong.code, wrong.stderr.includes("canary-1")], [1, false]);
    assertStringIncludes(wrong.stderr, "--user");
  });

  await t.step("TLS alone is not enough, and management must be enabled", async () => {
    await using anybody = await serving(tls, "--web.enable-management");
    const open = await ctl(anybody, ["reload"]);
    assertEquals(open.code, 1);
    assertStringIncludes(open.stderr, "needs authenticated clients");
    await using off = await serving(`${tls}basic_auth_users:\n  alice: ${HASH}\n`);
    const refused = await ctl(off, ["reload", "--user=alice"], { PGREPL_CTL_PASSWORD: "secret" });
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "enable it with --web.enable-management");
  });
});

Deno.test("management is never available over plain HTTP unless it is enabled", async () => {
  const post = async (exporter: ServeProcess, headers: Readonly<Record<string, string>> = {}) => {
    const response = await exporter.fetch("/-/reload", { method: "POST", headers });
    return [response.status, await response.text()] as const;
  };
  const args = [NOBODY, "--management.socket=none"];
  await using off = await ServeProcess.start(FROM_SOURCE, { args });
  assertEquals((await post(off))[0], 403);
  await using half = await ServeProcess.start(FROM_SOURCE, { args: [...args, "--web.enable-management"] });
  const [status, text] = await post(half);
  assertEquals(status, 403);
  assertStringIncludes(text, "is not available over plain HTTP");
  await using plain = await ServeProcess.start(FROM_SOURCE, {
    args: [...args, "--web.enable-management", "--web.allow-plain-management"],
  });
  assertEquals((await post(plain))[0], 200);
  assertEquals((await post(plain, { origin: "http://evil.example.org" }))[0], 403);
  assertEquals((await post(plain, { "sec-fetch-site": "cross-site" }))[0], 403);
});
