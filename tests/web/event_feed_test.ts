import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Report } from "../../src/report/model.ts";
import { EventFeed, type EventFeedOptions } from "../../src/web/event_feed.ts";
import { HttpError } from "../../src/web/http_error.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { NOW, TROUBLED, WELL } from "../report/page/reports.ts";

/** A feed whose report a test changes by hand. */
class Scene implements Disposable {
  report: Report | null = WELL;
  reads = 0;
  readonly clock = new FakeClock();
  readonly end = new AbortController();
  readonly errors: unknown[] = [];
  readonly feed: EventFeed;

  constructor(options: Partial<EventFeedOptions> = {}) {
    this.feed = new EventFeed({
      readReport: () => {
        this.reads++;
        return this.report;
      },
      clock: this.clock,
      build: "b",
      signal: this.end.signal,
      onError: (error) => this.errors.push(error),
      ...options,
    });
  }

  /** Listens; `take` gives what came since, as `name: data` or `id name`. */
  listen(form: "report" | "page", lastEventId: string | null = null, client: string | null = null) {
    const reader = this.feed.open({ form, lastEventId, client }).getReader();
    const take = async () => {
      const { value, done } = await reader.read();
      return done ? "end" : new TextDecoder().decode(value);
    };
    return { take, cancel: () => reader.cancel() };
  }

  [Symbol.dispose](): void {
    this.end.abort();
  }
}

function namesOf(text: string): readonly string[] {
  return [...text.matchAll(/^event: (.*)$/gm)].map(([, name = ""]) => name);
}

function dataOf(text: string): unknown {
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "null");
}

Deno.test("EventFeed sends the whole report first, then only what is new", async () => {
  using scene = new Scene();
  const client = scene.listen("report");
  const first = await client.take();
  assertStringIncludes(first, "retry: 2000\n\nevent: report\ndata: {");
  assertEquals(dataOf(first.slice(first.indexOf("event:"))), JSON.parse(JSON.stringify(WELL)));
  scene.report = { ...WELL, timestamp: "later", timestamp_unix_seconds: NOW + 1 };
  await scene.clock.advance(1);
  scene.report = TROUBLED;
  await scene.clock.advance(1);
  const second = await client.take();
  assertEquals(namesOf(second), ["event", "report"]);
  assertStringIncludes(second, `id: ${(NOW - 192) * 1000}-0\nevent: event\ndata: {"kind":"detached"`);
});

Deno.test("EventFeed leaves out the lag history, checks and events while they are unchanged", async () => {
  using scene = new Scene();
  const client = scene.listen("report");
  await client.take();
  const historiesIn = (text: string) => text.split('"lag_history":').length - 1;
  const count = TROUBLED.clusters.flatMap(({ standbys }) => standbys).length;
  const troubled = (seconds: number, more: number): Report => ({
    ...TROUBLED,
    headline: `It has lasted ${seconds} s`,
    clusters: TROUBLED.clusters.map((cluster) => ({
      ...cluster,
      standbys: cluster.standbys.map((standby) => ({
        ...standby,
        lag_history: [
          ...standby.lag_history,
          ...Array.from({ length: more }, () => ({ unix_seconds: NOW, lag_seconds: 1, lag_bytes: 1 })),
        ],
      })),
    })),
  });
  const taken: number[] = [];
  for (const [seconds, more] of [[1, 0], [2, 0], [3, 1], [4, 1]] as const) {
    scene.report = troubled(seconds, more);
    await scene.clock.advance(1);
    const text = await client.take();
    assertStringIncludes(text, `It has lasted ${seconds} s`);
    taken.push(historiesIn(text));
    const report = text.slice(text.indexOf("event: report"));
    assertEquals(report.includes('"checks":') || report.includes('"events":'), seconds === 1, report);
    assertStringIncludes(report, '"findings":');
  }
  assertEquals(taken, [count, 0, count, 0]);
  // One who comes now gets all of it.
  assertEquals(historiesIn(await scene.listen("report").take()), count);
});

Deno.test("EventFeed sends a keep-alive when nothing changes", async () => {
  using scene = new Scene();
  const [report, page] = [scene.listen("report"), scene.listen("page")];
  await report.take();
  assertEquals(namesOf(await page.take()), ["page"]);
  await scene.clock.advance(5);
  assertEquals(await report.take(), ": no change\n\n");
  assertEquals(await page.take(), "event: alive\ndata: {}\n\n");
});

Deno.test("EventFeed sends a page the regions that changed", async () => {
  using scene = new Scene();
  const client = scene.listen("page");
  const first = dataOf(await client.take());
  scene.report = { ...WELL, events: TROUBLED.events };
  await scene.clock.advance(1);
  const second = dataOf(await client.take());
  assertEquals(regionsOf(first), ["moment", "aloud", "verdict", "findings", "clusters", "events"]);
  assertEquals(regionsOf(second), ["events"]);
});

function regionsOf(data: unknown): readonly string[] {
  if (typeof data !== "object" || data === null || !("regions" in data)) return [];
  return Object.keys(data.regions ?? {});
}

Deno.test("EventFeed resumes for a client that reconnects", async () => {
  using scene = new Scene();
  const event = (ago: number, message: string) => ({
    kind: "attached",
    server: "standby",
    message,
    unix_seconds: NOW - ago,
  } as const);
  scene.report = { ...WELL, events: [event(3, "a"), event(2, "b"), event(2, "c"), event(1, "d")] };
  const messages = async (lastEventId: string | null) => {
    const client = scene.listen("report", lastEventId);
    const text = await client.take();
    await client.cancel();
    return [...text.matchAll(/^event: event\ndata: .*"message":"(.)"/gm)].map(([, message]) => message);
  };
  assertEquals(await messages(`${(NOW - 2) * 1000}-0`), ["c", "d"]);
  assertEquals(await messages(null), []);
  assertEquals(await messages("nonsense"), []);
});

Deno.test("EventFeed keeps listeners waiting until the first collection", async () => {
  using scene = new Scene();
  scene.report = null;
  const report = scene.listen("report");
  const page = scene.listen("page");
  assertEquals(namesOf(await report.take()), []);
  assertStringIncludes(await page.take(), "Waiting for the first collection");
  scene.report = WELL;
  await scene.clock.advance(1);
  assertEquals(namesOf(await report.take()), ["report"]);
  assertStringIncludes(await page.take(), "All is well");
});

Deno.test("EventFeed reads nothing without listeners, and once a second for all of them", async () => {
  using scene = new Scene();
  await scene.clock.advance(10);
  assertEquals(scene.reads, 0);
  const clients = [scene.listen("report"), scene.listen("page"), scene.listen("page")];
  const before = scene.reads;
  await scene.clock.advance(3);
  assertEquals(scene.reads - before, 3);
  for (const client of clients) await client.cancel();
  await scene.clock.advance(5);
  assertEquals(scene.reads - before, 4);
  assertEquals(scene.clock.sleeping, 0);
});

Deno.test("EventFeed limits the number of streams", async () => {
  using scene = new Scene({ maxStreams: 2 });
  const first = scene.listen("report");
  scene.listen("page");
  const refusal = assertThrows(
    () => scene.listen("page"),
    HttpError,
    "There are 2 event streams already",
  );
  assertEquals([refusal.status, refusal.headers], [503, { "retry-after": "10" }]);
  await first.cancel();
  scene.listen("page");
});

Deno.test("EventFeed limits the streams of a client, and refuses its newest one", async () => {
  using scene = new Scene({ maxStreams: 5, maxStreamsPerClient: 2 });
  const first = scene.listen("report", null, "a");
  const second = scene.listen("page", null, "a");
  for (const form of ["report", "page"] as const) {
    const refusal = assertThrows(
      () => scene.listen(form, null, "a"),
      HttpError,
      "Your address already has 2 event streams",
    );
    assertEquals([refusal.status, refusal.headers], [429, { "retry-after": "10" }]);
  }
  // Those that were there stay.
  assertEquals(namesOf(await first.take()), ["report"]);
  assertEquals(namesOf(await second.take()), ["page"]);
  for (const client of ["b", "b", null]) scene.listen("page", null, client);
  assertEquals(assertThrows(() => scene.listen("page", null, "c"), HttpError).status, 503);
  await second.cancel();
  scene.listen("report", null, "a");
});

Deno.test("EventFeed ends every stream with its signal, and opens none afterwards", async () => {
  using scene = new Scene();
  const client = scene.listen("report");
  await client.take();
  scene.end.abort();
  assertEquals(await client.take(), "end");
  assertEquals(assertThrows(() => scene.listen("report"), HttpError, "stopping").status, 503);
  await scene.clock.advance(0);
  assertEquals([scene.clock.sleeping, scene.errors], [0, []]);
});

Deno.test("EventFeed reports internal errors and ends the streams, so that clients reconnect", async () => {
  let isBroken = false;
  using scene = new Scene({
    readReport: () => {
      if (isBroken) throw new Error("A defect");
      return WELL;
    },
  });
  const client = scene.listen("report");
  await client.take();
  isBroken = true;
  await scene.clock.advance(1);
  assertEquals(await client.take(), "end");
  assertEquals(scene.errors.map(String), ["Error: A defect"]);
  isBroken = false;
  assertEquals(namesOf(await scene.listen("report").take()), ["report"]);
});

Deno.test("EventFeed sends no report for another second of the last hour", async () => {
  using scene = new Scene();
  const client = scene.listen("report");
  await client.take();
  scene.report = {
    ...scene.report ?? WELL,
    clusters: (scene.report ?? WELL).clusters.map((cluster) => ({
      ...cluster,
      standbys: cluster.standbys.map((standby) => ({
        ...standby,
        lag_last_hour: { samples: 17, within_warning_ratio: 1, unknown_ratio: 0 },
      })),
    })),
  };
  await scene.clock.advance(5);
  assertEquals(await client.take(), ": no change\n\n");
});
