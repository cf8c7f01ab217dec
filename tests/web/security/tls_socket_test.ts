import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../../src/domain/clock.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { listen } from "../../../src/web/listen.ts";
import { loadWebSecurity } from "../../../src/web/security/load.ts";
import type { HttpLimits } from "../../../src/web/node_server.ts";
import type { TlsSettings } from "../../../src/web/security/security.ts";
import { HAS_LIMITS as HAS_FULL_TLS } from "../deno_version.ts";
import { appWith, fakeScraper, TEXT } from "../fakes.ts";
import { arrival, connect, eventually, receive } from "../raw_client.ts";
import { Workshop } from "./workshop.ts";

/** The settings of a file with a `tls_server_config` of these lines. */
async function tlsOf(workshop: Workshop, lines: readonly string[] = []): Promise<TlsSettings> {
  const all = ["tls_server_config:", "  cert_file: server.crt", "  key_file: server.key"]
    .concat(lines.map((line) => `  ${line}`));
  const { tls } = await loadWebSecurity(await workshop.write("web.yml", all.join("\n")), {
    readTextFile: Deno.readTextFile,
    wallNow: systemClock.wall(),
    isTlsFull: HAS_FULL_TLS,
  });
  if (tls === null) throw new Error("The file asks for TLS");
  return tls;
}

interface Serving {
  readonly url: string;
  readonly port: number;
  readonly refused: readonly string[];
  setTls(tls: TlsSettings): void;
}

/** Serves for the time of a test. Its clock stands still, so its end waits for no connection. */
async function serving(
  tls: TlsSettings,
  test: (serving: Serving) => Promise<void>,
  limits: Partial<HttpLimits> = {},
): Promise<void> {
  const end = new AbortController();
  const refused: string[] = [];
  const listening = await listen(appWith(fakeScraper()), {
    addresses: [{ hostname: "127.0.0.1", port: 0 }],
    signal: end.signal,
    tls,
    clock: new FakeClock(),
    // Far off, so that no client is too slow, unless the test is about that.
    limits: { headSeconds: 600, checkSeconds: 0.05, ...limits },
    onRefusedClient: (reason) => refused.push(reason),
  });
  const port = listening.addresses[0]?.port ?? 0;
  try {
    await test({
      url: `https://localhost:${port}/metrics`,
      port,
      refused,
      setTls: (settings) => listening.setTls(settings),
    });
  } finally {
    end.abort();
    await arrival(listening.finished, { what: "the server ends" });
  }
}

function needingFullTls(name: string) {
  return { name: HAS_FULL_TLS ? name : `${name} (skipped: needs Deno 2.9)`, ignore: !HAS_FULL_TLS };
}

Deno.test("TLS: curl gets the metrics over 1.2 and 1.3, and nothing over 1.1 or plain HTTP", async () => {
  await using workshop = await Workshop.open();
  await workshop.issue("server");
  await workshop.selfSigned("stranger");
  await serving(await tlsOf(workshop), async ({ url }) => {
    for (const version of ["1.2", "1.3"]) {
      const answer = await workshop.curl(url, `--tlsv${version}`, "--tls-max", version);
      assertEquals([answer.code, answer.status, answer.body], [0, 200, TEXT]);
    }
    const old = ["--tlsv1.1", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"];
    assertNotEquals((await workshop.curl(url, ...old)).code, 0);
    assertNotEquals((await workshop.curl(url.replace("https:", "http:"))).code, 0);
    // Nobody vouches for it who is not asked.
    assertEquals((await workshop.curl(url, "--cacert", "stranger.crt")).code, 60);
  });
});

Deno.test(needingFullTls("TLS: versions are limited as the file says"), async () => {
  await using workshop = await Workshop.open();
  await workshop.issue("server", { type: "rsa" });
  await serving(await tlsOf(workshop, ["min_version: TLS13"]), async ({ url }) => {
    assertNotEquals((await workshop.curl(url, "--tls-max", "1.2")).code, 0);
    assertEquals((await workshop.curl(url)).status, 200);
  });
  await serving(await tlsOf(workshop, ["max_version: TLS12"]), async ({ url }) => {
    assertNotEquals((await workshop.curl(url, "--tlsv1.3")).code, 0);
    assertEquals((await workshop.curl(url)).status, 200);
  });
});

Deno.test("TLS: fetch keeps its connection, and shutdown does not wait for it", async () => {
  await using workshop = await Workshop.open();
  await workshop.issue("server");
  const caCerts = [await Deno.readTextFile(workshop.path("ca.crt"))];
  using client = Deno.createHttpClient({ caCerts });
  await serving(await tlsOf(workshop), async ({ url }) => {
    for (let round = 0; round < 3; round++) {
      const response = await fetch(url, { client });
      assertEquals([response.status, await response.text()], [200, TEXT]);
    }
  });
});

Deno.test("TLS: a renewed certificate is used for the next connection", {
  ignore: !HAS_FULL_TLS,
}, async () => {
  await using workshop = await Workshop.open();
  await workshop.issue("server");
  await serving(await tlsOf(workshop), async ({ port, setTls, url }) => {
    assertEquals(await workshop.subjectAt(port), "server");
    await workshop.issue("renewed");
    await Deno.copyFile(workshop.path("renewed.crt"), workshop.path("server.crt"));
    await Deno.copyFile(workshop.path("renewed.key"), workshop.path("server.key"));
    setTls(await tlsOf(workshop));
    assertEquals(await workshop.subjectAt(port), "renewed");
    assertEquals((await workshop.curl(url)).status, 200);
  });
});

/** Which clients get an answer: one without certificate, one of the authority, one that vouches for itself. */
const POLICIES: readonly (readonly [string, readonly [boolean, boolean, boolean]])[] = [
  ["NoClientCert", [true, true, true]],
  ["RequestClientCert", [true, true, true]],
  ["RequireAnyClientCert", [false, true, true]],
  ["VerifyClientCertIfGiven", [true, true, false]],
  ["RequireAndVerifyClientCert", [false, true, false]],
];

Deno.test(
  needingFullTls("TLS: client certificates are required and verified, also after a change"),
  async () => {
    await using workshop = await Workshop.open();
    await workshop.issue("server");
    await workshop.issue("client", { names: "DNS:prometheus.example.org" });
    await workshop.selfSigned("stranger");
    const settings: TlsSettings[] = [];
    for (const [policy] of POLICIES) {
      const authority = policy === "NoClientCert" ? [] : ["client_ca_file: ca.crt"];
      settings.push(await tlsOf(workshop, [`client_auth_type: ${policy}`, ...authority]));
    }
    const check = async (url: string, [policy, expected]: (typeof POLICIES)[number]) => {
      const answers = await Promise.all([
        workshop.curl(url),
        workshop.curl(url, ...workshop.bringing("client")),
        workshop.curl(url, ...workshop.bringing("stranger")),
      ]);
      assertEquals([policy, ...answers.map(({ status }) => status === 200)], [policy, ...expected]);
    };
    for (const [index, policy] of POLICIES.entries()) {
      const tls = settings[index];
      if (tls === undefined) throw new Error("Every policy has settings");
      await serving(tls, ({ url }) => check(url, policy));
    }
    const [first] = settings;
    if (first === undefined) throw new Error("There are policies");
    await serving(first, async ({ url, setTls, refused }) => {
      for (const [index, policy] of POLICIES.entries()) {
        setTls(settings[index] ?? first);
        await check(url, policy);
      }
      assertStringIncludes(refused.join("\n"), "it sent no certificate");
      assertStringIncludes(refused.join("\n"), "was not issued by an authority");
    });
  },
);

Deno.test(needingFullTls("TLS: only certificates with an allowed name are accepted"), async () => {
  await using workshop = await Workshop.open();
  await workshop.issue("server");
  await workshop.issue("right", { names: "DNS:a.example.org,IP:192.0.2.7,email:x@example.org" });
  await workshop.issue("wrong", { names: "DNS:b.example.org" });
  for (const name of ["a.example.org", "192.0.2.7", "x@example.org"]) {
    const tls = await tlsOf(workshop, [
      "client_auth_type: RequireAndVerifyClientCert",
      "client_ca_file: ca.crt",
      `client_allowed_sans: ["${name}"]`,
    ]);
    await serving(tls, async ({ url, refused }) => {
      assertEquals((await workshop.curl(url, ...workshop.bringing("right"))).status, 200);
      assertEquals((await workshop.curl(url, ...workshop.bringing("wrong"))).status, 0);
      assertStringIncludes(refused.join("\n"), "none of the names in client_allowed_sans");
    });
  }
});

Deno.test(needingFullTls("TLS: a silent client is disconnected at the header's deadline"), async () => {
  await using workshop = await Workshop.open();
  await workshop.issue("server");
  const tls = await tlsOf(workshop);
  await serving(tls, async ({ port, url }) => {
    const connection = await connect(port);
    // Its end, as a reset perhaps, comes long before the two minutes that Node gives to a handshake.
    assertEquals(await receive(connection), "");
    connection.close();
    // On a machine that stalls, the next one may be too slow as well.
    const isServed = async () => (await workshop.curl(url)).status === 200;
    await eventually(isServed, { what: "the next client is served" });
  }, { headSeconds: 0.5 });
});
