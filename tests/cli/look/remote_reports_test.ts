import { assert, assertEquals, assertRejects } from "@std/assert";
import { openRemoteReports } from "../../../src/cli/look/remote_reports.ts";
import { until } from "../../../compose/lab/until.ts";
import { renderReportJson } from "../../../src/report/json.ts";
import { ReportSourceError } from "../../../src/report/source.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { goldenReport } from "../../report/golden_views.ts";
import { Workshop } from "../../web/security/workshop.ts";

const report = goldenReport("cascade");
const JSON_TYPE = { headers: { "content-type": "application/json" } };

/** Reads once from a server with this response; only `meanwhile` lets time pass. */
async function readFrom(
  answer: (request: Request) => Response | Promise<Response>,
  { authorization = null, deadlineSeconds, signal = new AbortController().signal, meanwhile }: {
    readonly authorization?: string | null;
    readonly deadlineSeconds?: number;
    readonly signal?: AbortSignal;
    readonly meanwhile?: (clock: FakeClock) => Promise<void>;
  } = {},
) {
  // Stopped without waiting: some responses never come.
  const stop = new AbortController();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal: stop.signal },
    answer,
  );
  const clock = new FakeClock();
  const source = openRemoteReports({
    url: `http://127.0.0.1:${server.addr.port}/api/v1/report`,
    authorization,
    caCertificates: null,
  }, { clock, ...deadlineSeconds === undefined ? {} : { deadlineSeconds } });
  try {
    assertEquals(source.name, `http://127.0.0.1:${server.addr.port}`);
    const [read] = await Promise.all([source.read(signal), meanwhile?.(clock)]);
    assertEquals(clock.sleeping, 0);
    return read;
  } finally {
    await source.close();
    stop.abort();
    await server.finished;
  }
}

Deno.test("openRemoteReports() reads a report with a login", async () => {
  const seen: (string | null)[] = [];
  const read = await readFrom((request) => {
    seen.push(new URL(request.url).pathname, request.headers.get("authorization"));
    return new Response(renderReportJson(report), JSON_TYPE);
  }, { authorization: "Basic abc" });
  assertEquals(read, report);
  assertEquals(seen, ["/api/v1/report", "Basic abc"]);
});

/** Lets the time of so many pauses pass, each when it has begun. */
function pauses(count: number) {
  return async (clock: FakeClock) => {
    for (let pause = 0; pause < count; pause++) {
      await until("the next try to be awaited, and the deadline", () => clock.sleeping === 2);
      await clock.advance(0.5);
    }
  };
}

Deno.test("openRemoteReports() waits for an exporter that has no report yet", async () => {
  let asked = 0;
  const read = await readFrom(
    () =>
      ++asked < 3
        ? new Response("not yet", { status: 503 })
        : new Response(renderReportJson(report), JSON_TYPE),
    { meanwhile: pauses(2) },
  );
  assertEquals([read.headline, asked], [report.headline, 3]);
});

for (
  const [name, answer, message] of [
    [
      "404",
      () => new Response("", { status: 404 }),
      "returned status 404: the exporter there has no reports",
    ],
    ["401", () => new Response("", { status: 401 }), "requires a login; set PGREPL_FROM_USER"],
    [
      "302",
      () => new Response("", { status: 302, headers: { location: "http://127.0.0.1:1/" } }),
      "use the address that it redirects to",
    ],
    ["500", () => new Response("", { status: 500 }), "returned status 500: expected 200 with a report"],
    [
      "a page",
      () => new Response("<html>"),
      "is not a readable report. Cannot read the report: expected JSON",
    ],
    ["another version", () => Response.json({ version: 7 }), "expected version 1, got 7"],
    ["a wrong type", () => Response.json({ ...report, headline: 5 }), "Cannot read the report: headline: "],
  ] as const satisfies readonly (readonly [string, () => Response, string])[]
) {
  Deno.test(`openRemoteReports() explains ${name}`, async () => {
    await assertRejects(() => readFrom(answer), ReportSourceError, message);
  });
}

Deno.test("openRemoteReports() reports a rejected login without repeating it", async () => {
  const error = await assertRejects(
    () => readFrom(() => new Response("", { status: 401 }), { authorization: "Basic c4n4ry" }),
    ReportSourceError,
    "does not accept the login",
  );
  assertEquals(error.message.includes("c4n4ry"), false);
});

Deno.test("openRemoteReports() reports that nothing listens", async () => {
  const source = openRemoteReports({
    url: "http://127.0.0.1:1/api/v1/report",
    authorization: null,
    caCertificates: null,
  }, { clock: new FakeClock() });
  const error = await assertRejects(() => source.read(new AbortController().signal), ReportSourceError);
  assert(error.message.includes("check that an exporter listens there"), error.message);
  await source.close();
});

Deno.test("openRemoteReports() ends at its deadline, before and during a response", async () => {
  let progress = 0;
  /** Lets the deadline pass when the server has got so far. */
  const after = (count: number) => {
    progress = 0;
    return {
      deadlineSeconds: 3,
      meanwhile: async (clock: FakeClock) => {
        await until("the server to be asked", () => progress >= count);
        await clock.advance(3);
      },
    };
  };
  const never = () => {
    progress++;
    return new Promise<Response>(() => {});
  };
  await assertRejects(() => readFrom(never, after(1)), ReportSourceError, "within 3 s");
  const pull = (stream: ReadableStreamDefaultController<Uint8Array>) => {
    progress++;
    stream.enqueue(new Uint8Array(1));
  };
  const trickle = () => new Response(new ReadableStream({ pull }));
  await assertRejects(() => readFrom(trickle, after(100)), ReportSourceError, "within 3 s");
  const early = () => new Response("", { status: 503 });
  await assertRejects(
    () => readFrom(early, { deadlineSeconds: 3, meanwhile: pauses(6) }),
    ReportSourceError,
    "has no report yet after 3 s",
  );
});

Deno.test("openRemoteReports() throws the reason of the signal", async () => {
  const stop = new AbortController();
  const reading = readFrom(() => {
    stop.abort(new Error("Told to stop"));
    return new Promise<Response>(() => {});
  }, { signal: stop.signal });
  await assertRejects(() => reading, Error, "Told to stop");
});

Deno.test("openRemoteReports() trusts only the given CA", async () => {
  await using workshop = await Workshop.open();
  await workshop.issue("exporter");
  const stop = new AbortController();
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen: () => {},
    signal: stop.signal,
    cert: await Deno.readTextFile(workshop.path("exporter.crt")),
    key: await Deno.readTextFile(workshop.path("exporter.key")),
  }, () => new Response(renderReportJson(report), JSON_TYPE));
  const url = `https://127.0.0.1:${server.addr.port}/api/v1/report`;
  try {
    for (const caCertificates of [await Deno.readTextFile(workshop.path("ca.crt")), null]) {
      const source = openRemoteReports({ url, authorization: null, caCertificates }, {
        clock: new FakeClock(),
      });
      const reading = source.read(new AbortController().signal);
      if (caCertificates === null) await assertRejects(() => reading, ReportSourceError, "--from.ca-file");
      else assertEquals(await reading, report);
      await source.close();
    }
  } finally {
    stop.abort();
    await server.finished;
  }
});
