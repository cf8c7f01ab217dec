import { assert, assertEquals, assertLess, assertNotEquals, assertStringIncludes } from "@std/assert";
import { FROM_SOURCE, ServeProcess } from "../serve_process.ts";
import { HAS_LIMITS as CAN_CHECK_CLIENTS } from "../web/deno_version.ts";
import { HASH } from "../web/security/corpus.ts";
import { Workshop } from "../web/security/workshop.ts";
import { until } from "./support.ts";

/** No server is needed: access control is the same. */
const NOBODY = ["--server=a=host=127.0.0.1 port=1 user=nobody", "--management.socket=none"];
const TLS = "tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n";
const CLIENTS = "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n";

async function serving(
  workshop: Workshop,
  options: { readonly web: string; readonly args?: readonly string[]; readonly isTls?: boolean },
): Promise<ServeProcess> {
  const file = await workshop.write("web.yml", options.web);
  return await ServeProcess.start(FROM_SOURCE, {
    args: [...NOBODY, `--web.config.file=${file}`, ...options.args ?? []],
    isTls: options.isTls ?? true,
  });
}

Deno.test(
  { name: "serve: certificates and logins change while it runs", ignore: !CAN_CHECK_CLIENTS },
  async (t) => {
    await using workshop = await Workshop.open();
    await workshop.issue("server");
    await workshop.issue("prometheus", { names: "DNS:prometheus" });
    await using exporter = await serving(workshop, { web: TLS });
    const { url } = exporter;
    const port = Number(new URL(url).port);
    assertEquals((await workshop.curl(`${url}/metrics`)).status, 200);

    await t.step("a renewed certificate is used within seconds", async () => {
      const before = await workshop.subjectAt(port);
      await workshop.issue("renewed");
      await Deno.copyFile(workshop.path("renewed.key"), workshop.path("server.key"));
      await Deno.copyFile(workshop.path("renewed.crt"), workshop.path("server.crt"));
      assertNotEquals(before, "renewed");
      await until("the new one", async () => await workshop.subjectAt(port) === "renewed");
    });

    await t.step("an invalid file changes nothing", async () => {
      await workshop.write("web.yml", `${TLS}  min_version: TLS99\n`);
      const { status, body } = await workshop.curl(`${url}/-/reload`, "-X", "POST");
      assertEquals([status, body.includes("--web.enable-management")], [403, true]);
      exporter.signal("SIGHUP");
      await until(
        "the failure to be told",
        async () => (await workshop.curl(`${url}/metrics`)).body.includes("reload_successful 0"),
      );
    });

    await t.step("client certificates can be required later", async () => {
      await workshop.write("web.yml", TLS + CLIENTS);
      await until(
        "clients without one to be refused",
        async () => (await workshop.curl(`${url}/metrics`)).code !== 0,
      );
      assertEquals((await workshop.curl(`${url}/metrics`, ...workshop.bringing("prometheus"))).status, 200);
    });

    await t.step("logins too, on every path", async () => {
      await workshop.write("web.yml", `${TLS}basic_auth_users:\n  alice: ${HASH}\n`);
      await until(
        "a login to be asked for",
        async () => (await workshop.curl(`${url}/metrics`)).status === 401,
      );
      for (const path of ["/", "/metrics", "/-/healthy", "/-/ready", "/api/v1/report", "/nothing"]) {
        assertEquals((await workshop.curl(url + path)).status, 401, path);
      }
      const wrong = await workshop.curl(`${url}/metrics`, "-u", "alice:wrong", "-i");
      assertStringIncludes(wrong.body.toLowerCase(), "www-authenticate: basic");
      assertEquals((await workshop.curl(`${url}/metrics`, "-u", "bob:secret")).status, 401);
      assertEquals((await workshop.curl(`${url}/metrics`, "-u", "alice:secret")).status, 200);
    });

    await t.step("TLS itself stays until a restart", async () => {
      await workshop.write("web.yml", `basic_auth_users:\n  alice: ${HASH}\n`);
      exporter.signal("SIGHUP");
      await until("it to be told", async () => {
        const answer = await workshop.curl(`${url}/metrics`, "-u", "alice:secret");
        return answer.status === 200 && answer.body.includes("reload_successful 0");
      });
    });

    assertEquals((await exporter.stop()).code, 0);
    const log = await exporter.log();
    assertStringIncludes(log, "unknown TLS version");
    assertStringIncludes(log, "needs a restart");
    assertEquals(log.includes(HASH), false);
  },
);

Deno.test("serve: guessing passwords does not delay the scrapes of others", async () => {
  await using workshop = await Workshop.open();
  const bcrypt = (await import("bcryptjs")).default;
  const hash = await bcrypt.hash("secret", 10);
  await using exporter = await serving(workshop, {
    web: `basic_auth_users:\n  alice: ${hash}\n`,
    isTls: true,
  });
  const url = exporter.url.replace("https:", "http:");
  const scrape = async (password: string): Promise<number> => {
    const authorization = `Basic ${btoa(`alice:${password}`)}`;
    const response = await fetch(`${url}/metrics`, { headers: { authorization } });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await scrape("secret"), 200);
  let isOver = false;
  const seen = new Set<number>();
  let compared = 0;
  const guessing = Array.from({ length: 30 }, async (_, guesser) => {
    for (let number = 0; !isOver; number++) {
      const status = await scrape(`${guesser} ${number}`);
      seen.add(status);
      if (status === 401) compared++;
    }
  });
  const overtaking: number[] = [];
  try {
    for (let round = 0; round < 20; round++) {
      const before = compared;
      assertEquals(await scrape("secret"), 200);
      overtaking.push(compared - before);
    }
  } finally {
    isOver = true;
    await Promise.all(guessing);
  }
  // One step of bcrypt may be running when a scrape arrives; scrapes do not wait for a queue of them.
  const median = overtaking.toSorted((a, b) => a - b)[10] ?? Infinity;
  assertLess(median, 10, `guesses answered before a scrape that came later: ${overtaking.join()}`);
  assert(seen.has(401) && seen.has(503), [...seen].join());
});

Deno.test("serve: an invalid web configuration exits with status 2 and lists every problem", async () => {
  await using workshop = await Workshop.open();
  const file = await workshop.write("web.yml", "tls_server_config:\n  cert_file: no.crt\nbasic_auth_user:\n");
  const [program = "", ...args] = FROM_SOURCE;
  const { code, stderr } = await new Deno.Command(program, {
    args: [...args, "serve", ...NOBODY, `--web.config.file=${file}`],
    stdin: "null",
    stdout: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  assertEquals(code, 2, said);
  assertStringIncludes(said, `${file}:2:3: tls_server_config: key_file is missing`);
  assertStringIncludes(said, `${file}:3:1: unknown key "basic_auth_user", did you mean "basic_auth_users"?`);
});

Deno.test("serve: listening on a public address without access control is logged", async () => {
  await using exporter = await ServeProcess.start(FROM_SOURCE, {
    args: [...NOBODY, "--web.listen-address=127.0.0.1:0", "--web.listen-address=:0"],
  });
  assertEquals((await exporter.stop()).code, 0);
  assertStringIncludes(await exporter.log(), "can read everything: configure TLS or logins");
  await using quiet = await ServeProcess.start(FROM_SOURCE, { args: NOBODY });
  assertEquals((await quiet.stop()).code, 0);
  assertEquals((await quiet.log()).includes("can read everything"), false);
});
