import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { systemClock } from "../../src/domain/clock.ts";
import { listen } from "../../src/web/listen.ts";
import { createManagementApi } from "../../src/web/management/api.ts";
import { listenOnSocket } from "../../src/web/management/socket.ts";
import { secureApp } from "../../src/web/security/secure_app.ts";
import { loadWebSecurity } from "../../src/web/security/load.ts";
import { NO_SECURITY, type WebSecurity } from "../../src/web/security/security.ts";
import { HAS_LIMITS, needingLimits } from "../web/deno_version.ts";
import { appWith, fakeScraper, TEXT } from "../web/fakes.ts";
import { Workshop } from "../web/security/workshop.ts";
import { CANARY, fuzz } from "./budget.ts";
import { conversation, converse } from "./conversations.ts";
import { ANY_CHARACTER } from "../fixtures/any_character.ts";

/** Statuses that docs/HTTP.md knows, and those of the server below it. */
const STATUSES: ReadonlySet<number> = new Set([
  200,
  400,
  401,
  403,
  404,
  405,
  408,
  413,
  417,
  422,
  429,
  431,
  503,
  505,
]);
/** A fraction of the time that a conversation may take. */
const LIMITS = { headSeconds: 0.2, idleSeconds: 0.2, stallSeconds: 1, checkSeconds: 0.02 };

/** Whether everything that was answered is an answer. */
function check(answered: string, statuses: ReadonlySet<number> = STATUSES): void {
  assert(answered === "" || /^HTTP\/1\.[01] \d{3} /.test(answered), JSON.stringify(answered.slice(0, 100)));
  for (const [, status] of answered.matchAll(/^HTTP\/1\.[01] (\d{3}) [A-Z].*\r$/gm)) {
    assert(statuses.has(Number(status)) || status === "100", `Status ${status}: ${answered.slice(0, 300)}`);
  }
  assert(!answered.includes(CANARY) && !answered.includes(btoa(`u:${CANARY}`)), answered.slice(0, 500));
}

/**
 * The next scrape, which must be answered. One that met the deadline of headers is asked again: that is what a machine
 * that stalls makes of any client.
 */
async function assertScrape(url: string, client: Deno.HttpClient): Promise<void> {
  for (let attempt = 1;; attempt++) {
    const start = performance.now();
    const answer = await fetch(url, { client })
      .then(async (response) => ({ status: response.status, text: await response.text() }))
      .catch((error) => ({ status: 0, text: String(error) }));
    const isLate = performance.now() - start >= LIMITS.headSeconds * 1000;
    if (isLate && answer.status !== 200 && attempt < 20) continue;
    return assertEquals(answer, { status: 200, text: TEXT });
  }
}

/** Serves, and returns what went wrong inside. */
async function serving(
  security: WebSecurity,
  test: (port: number) => Promise<void>,
): Promise<void> {
  const end = new AbortController();
  const errors: unknown[] = [];
  const app = secureApp(appWith(fakeScraper()), {
    security: () => security,
    compare: () => Promise.resolve(false),
    clock: systemClock,
  });
  const { addresses, finished } = await listen(app, {
    addresses: [{ hostname: "127.0.0.1", port: 0 }],
    signal: end.signal,
    tls: security.tls,
    limits: LIMITS,
    onError: (error) => errors.push(error),
  });
  try {
    await test(addresses[0]?.port ?? 0);
    assertEquals(errors, []);
  } finally {
    end.abort();
    await finished;
  }
}

Deno.test({
  ...needingLimits(
    "fuzz: HTTP on the wire: a documented status or nothing, soon over, and the next scrape is answered",
  ),
  fn: async () => {
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    await serving(NO_SECURITY, async (port) => {
      await fuzz(
        fc.asyncProperty(fc.array(conversation, { minLength: 8, maxLength: 20 }), async (conversations) => {
          const answers = await Promise.all(
            conversations.map(async (each) =>
              await converse(await Deno.connect({ hostname: "127.0.0.1", port }), each)
            ),
          );
          for (const answered of answers) check(answered);
          await assertScrape(`http://127.0.0.1:${port}/metrics`, client);
        }),
        8,
      );
    });
    client.close();
  },
});

Deno.test({
  ...needingLimits("fuzz: HTTP on the wire with logins: no client gets in"),
  fn: async () => {
    const users = new Map([["u", `$2y$04$${"a".repeat(53)}`]]);
    await serving({ ...NO_SECURITY, users }, async (port) => {
      await fuzz(
        fc.asyncProperty(fc.array(conversation, { minLength: 8, maxLength: 20 }), async (conversations) => {
          const answers = await Promise.all(
            conversations.map(async (each) =>
              await converse(await Deno.connect({ hostname: "127.0.0.1", port }), each)
            ),
          );
          for (const answered of answers) {
            check(answered, new Set([400, 401, 405, 408, 413, 417, 431, 503, 505]));
            assert(!answered.includes("pgrepl_up"), answered);
          }
        }),
        4,
      );
    });
  },
});

Deno.test({
  ...needingLimits(
    "fuzz: bytes that are no TLS on a port that speaks it are no answer, and the next client is served",
  ),
  fn: async () => {
    await using workshop = await Workshop.open();
    await workshop.issue("server");
    const path = await workshop.write(
      "web.yml",
      "tls_server_config: { cert_file: server.crt, key_file: server.key }\n",
    );
    const security = await loadWebSecurity(path, {
      readTextFile: Deno.readTextFile,
      wallNow: systemClock.wall(),
      isTlsFull: HAS_LIMITS,
    });
    using client = Deno.createHttpClient({
      caCerts: [await Deno.readTextFile(workshop.path("ca.crt"))],
      poolMaxIdlePerHost: 0,
    });
    const hello = fc.tuple(
      fc.constantFrom(
        "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
        "\x16\x03\x03\xff\xff",
        "\x15\x03\x01\0\x02\x02\x28",
        "\x80\x2e\x01\0\x02",
        "",
      ),
      fc.string({ unit: ANY_CHARACTER, maxLength: 600 }),
    ).map(([head, rest]) => head + rest);
    const said = fc.oneof(
      conversation,
      fc.record({
        text: hello,
        kept: fc.constant(1),
        pieces: fc.integer({ min: 1, max: 3 }),
        isHalfClosed: fc.boolean(),
      }),
    );
    await serving(security, async (port) => {
      await fuzz(
        fc.asyncProperty(fc.array(said, { minLength: 8, maxLength: 20 }), async (conversations) => {
          const answers = await Promise.all(
            conversations.map(async (each) =>
              await converse(await Deno.connect({ hostname: "127.0.0.1", port }), each)
            ),
          );
          for (const answered of answers) {
            assert(!/HTTP|pgrepl/.test(answered), JSON.stringify(answered.slice(0, 200)));
          }
          await assertScrape(`https://localhost:${port}/metrics`, client);
        }),
        6,
      );
    });
  },
});

Deno.test({
  name: "fuzz: the management socket does only what is requested",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-fuzz-" });
    const path = `${directory}/s`;
    const end = new AbortController();
    const done: string[] = [];
    const api = createManagementApi({
      ping: () => ({ pid: 1 }),
      status: () => ({}),
      config: () => ({}),
      reload: () => Promise.reject(new Error(`password=${CANARY}`)),
      setLogLevel: (level) => void done.push(level),
      shutdown: () => void done.push("shutdown"),
    }, { by: "test", onError: () => {} });
    const { finished } = await listenOnSocket(api, { path, signal: end.signal });
    // One per question that needs a connection of its own: without a pool, Deno rests 5 s before each 25th.
    const connect = () => Deno.createHttpClient({ proxy: { transport: "unix", path } });
    const statuses = new Set([...STATUSES, 414, 500, 501]);
    try {
      await fuzz(
        fc.asyncProperty(fc.array(conversation, { minLength: 8, maxLength: 20 }), async (conversations) => {
          // Half-closed always: this server keeps what is not finished, and only our own user can connect.
          const answers = await Promise.all(
            conversations.map(async (each) =>
              await converse(await Deno.connect({ transport: "unix", path }), { ...each, isHalfClosed: true })
            ),
          );
          for (const answered of answers) check(answered, statuses);
          const mayEnd = conversations.some(({ text }) => text.includes("POST /v1/shutdown"));
          assert(mayEnd || !done.includes("shutdown"));
          done.length = 0;
          using client = connect();
          const next = await fetch("http://ctl/v1/ping", { client });
          assertEquals(await next.json(), { pid: 1 });
        }),
        4,
      );
      using client = connect();
      const level = fc.oneof(
        fc.string(),
        fc.json(),
        fc.jsonValue().map((value) => JSON.stringify({ level: value })),
      );
      await fuzz(
        fc.asyncProperty(level, fc.boolean(), async (text, isBody) => {
          const url = `http://ctl/v1/log-level${isBody ? "" : `?level=${encodeURIComponent(text)}`}`;
          const response = await fetch(url, { client, method: "PUT", ...(isBody ? { body: text } : {}) });
          await response.body?.cancel();
          assert([200, 400].includes(response.status), `${response.status} ${text}`);
          for (const each of done) assert(["debug", "info", "warn", "error"].includes(each), each);
        }),
        60,
      );
    } finally {
      end.abort();
      await finished;
      await Deno.remove(directory, { recursive: true });
    }
  },
});
