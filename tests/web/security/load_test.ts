import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ConfigError } from "../../../src/config/config_error.ts";
import { loadWebSecurity } from "../../../src/web/security/load.ts";
import { hasFullTls } from "../../../src/web/security/security.ts";
import { SAMPLES } from "./corpus.ts";
import { Workshop } from "./workshop.ts";

const OPTIONS = { readTextFile: Deno.readTextFile, wallNow: Date.now() / 1000, isTlsFull: true };

async function open(): Promise<Workshop> {
  const workshop = await Workshop.open();
  await workshop.issue("server");
  await workshop.issue("other", { type: "rsa" });
  return workshop;
}

async function problemsOf(path: string): Promise<readonly string[]> {
  try {
    await loadWebSecurity(path, OPTIONS);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems;
  }
}

Deno.test("loadWebSecurity() reports every problem with its place", async () => {
  await using workshop = await open();
  const directory = workshop.path("");
  for (const { name, text, problems } of SAMPLES) {
    const path = await workshop.write("web.yml", text);
    const expected = problems.map((each) => `${path}:${each.replace("DIR", directory)}`);
    assertEquals([name, ...await problemsOf(path)], [name, ...expected]);
  }
});

Deno.test("loadWebSecurity() judges as promtool does, except where a sample says otherwise", async () => {
  await using workshop = await open();
  for (const { name, text, problems, differs } of SAMPLES) {
    const path = await workshop.write("web.yml", text);
    const { success } = await new Deno.Command("promtool", {
      args: ["check", "web-config", path],
      stdout: "null",
      stderr: "null",
    }).output();
    const agrees = success === (problems.length === 0);
    assertEquals([name, agrees], [name, differs === undefined]);
  }
});

Deno.test("loadWebSecurity() reads inline certificates", async () => {
  await using workshop = await open();
  const block = async (name: string) =>
    (await Deno.readTextFile(workshop.path(name))).replaceAll(/^/gm, "    ");
  const text =
    `tls_server_config:\n  cert: |\n${await block("server.crt")}\n  key: |\n${await block("server.key")}\n` +
    `  client_auth_type: RequireAndVerifyClientCert\n  client_ca: |\n${await block("ca.crt")}\n`;
  const path = await workshop.write("web.yml", text);
  const { tls, files } = await loadWebSecurity(path, OPTIONS);
  assertEquals(tls?.certificate.trim(), (await Deno.readTextFile(workshop.path("server.crt"))).trim());
  assertEquals(tls?.clientCa?.trim(), (await Deno.readTextFile(workshop.path("ca.crt"))).trim());
  assertEquals(files, [path]);
  const both = await workshop.write("web.yml", `${text}  cert_file: server.crt\n`);
  assertEquals(await problemsOf(both), [
    `${both}:2:9: tls_server_config.cert: cert and cert_file are both given: remove one of them`,
  ]);
});

Deno.test("loadWebSecurity() never repeats a key or a password", async () => {
  await using workshop = await open();
  const canary = "canary-4711";
  const path = await workshop.write(
    "web.yml",
    `tls_server_config:\n  cert_file: server.crt\n  key: "${canary}"\nbasic_auth_users:\n  alice: ${canary}\n  bob: {a: ${canary}}\n`,
  );
  const problems = await problemsOf(path);
  assertEquals(problems.map((each) => /user "(\w+)" is not a bcrypt hash/.exec(each)?.[1]), ["alice", "bob"]);
  assertEquals(problems.join().includes(canary), false);
});

Deno.test("loadWebSecurity() warns of settings that do not work as they seem to", async () => {
  await using workshop = await open();
  const path = await workshop.write(
    "web.yml",
    "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  min_version: TLS11\n",
  );
  const inAYear = { ...OPTIONS, wallNow: OPTIONS.wallNow + 365 * 86400 };
  const { warnings, files } = await loadWebSecurity(path, inAYear);
  assertStringIncludes(warnings[0] ?? "", "versions below TLS 1.2 are not supported");
  assertStringIncludes(warnings[1] ?? "", "expired on");
  assertEquals(files, ["web.yml", "server.crt", "server.key"].map((name) => workshop.path(name)));
});

Deno.test("loadWebSecurity() rejects settings that an old Deno ignores", async () => {
  await using workshop = await open();
  const path = await workshop.write(
    "web.yml",
    "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n" +
      "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n",
  );
  const old = { ...OPTIONS, isTlsFull: hasFullTls("2.6.8") };
  const error = await assertRejects(() => loadWebSecurity(path, old), ConfigError);
  assertStringIncludes(
    error.message,
    "tls_server_config: client_auth_type needs a program built with Deno 2.9 or later",
  );
  const narrow = await workshop.write(
    "web.yml",
    "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n  min_version: TLS13\n",
  );
  assertStringIncludes(
    (await assertRejects(() => loadWebSecurity(narrow, old), ConfigError)).message,
    "would ignore it",
  );
  assertEquals(["2.8.1", "2.9.0", "2.10.3", "3.0.0"].map(hasFullTls), [
    false,
    true,
    true,
    true,
  ]);
});

Deno.test("loadWebSecurity() reports a file that cannot be read", async () => {
  const error = await assertRejects(() => loadWebSecurity("/no/web.yml", OPTIONS), ConfigError);
  assertEquals(error.problems, ["/no/web.yml: Cannot read the web configuration: there is no such file"]);
});
