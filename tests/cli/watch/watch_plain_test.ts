import { assertEquals } from "@std/assert";
import { watchPlain } from "../../../src/cli/watch/watch_plain.ts";
import type { Report } from "../../../src/report/model.ts";
import { FakeClock, settle } from "../../fixtures/fake_clock.ts";
import { cluster, event, NOON, report, standby } from "../../report/terminal/reports.ts";

function start(
  read: () => Promise<Report>,
  { count = null, write }: { readonly count?: number | null; readonly write?: (text: string) => boolean } =
    {},
) {
  const clock = new FakeClock({ wall: NOON });
  const stop = new AbortController();
  let text = "";
  const done = watchPlain({ name: "http://db1:9188", read, close: () => Promise.resolve() }, {
    clock,
    write: write ?? ((more) => (text += more) !== ""),
    intervalSeconds: 1,
    count,
    signal: stop.signal,
  });
  return { clock, stop, done, lines: () => text.split("\n") };
}

const ONE = report([cluster([standby("standby")])], { events: [event(60)] });
const LINE = "2026-11-21T12:00:00Z healthy primary=primary 0/5000148 WAL 1.2 MiB/s | " +
  "standby=standby lag 0.0s 0 B streaming replay 1.2 MiB/s";

Deno.test("watchPlain() prints a line per interval, and ends after --count", async () => {
  const { clock, done, lines } = start(() => Promise.resolve(ONE), { count: 2 });
  await settle();
  await clock.advance(1);
  assertEquals(await done, true);
  assertEquals(lines(), [LINE, LINE, ""]);
});

Deno.test("watchPlain() prints an event once, and no earlier ones", async () => {
  let events = ONE.events;
  const { clock, done, lines } = start(() => Promise.resolve({ ...ONE, events }), { count: 3 });
  await settle();
  events = [...events, event(-1, { message: "news" })];
  await clock.advance(2);
  await done;
  assertEquals(lines(), [LINE, "2026-11-21T12:00:01Z event detached standby2: news", LINE, LINE, ""]);
});

Deno.test("watchPlain() prints that there is no report, and continues", async () => {
  let turn = 0;
  const { clock, done, lines } = start(
    () => turn++ === 1 ? Promise.reject(new Error("refused\n")) : Promise.resolve(ONE),
    { count: 3 },
  );
  await settle();
  await clock.advance(2);
  assertEquals(await done, true);
  assertEquals(lines(), [
    LINE,
    "2026-11-21T12:00:01Z unknown no report from http://db1:9188 since 2026-11-21T12:00:00Z: refused ",
    LINE,
    "",
  ]);
});

Deno.test("watchPlain() returns whether the last attempt brought a report", async () => {
  assertEquals(await start(() => Promise.reject(new Error("refused")), { count: 1 }).done, false);
});

Deno.test("watchPlain() ends quietly when the reader closes standard output", async () => {
  let writes = 0;
  const { clock, done } = start(() => Promise.resolve(ONE), { write: () => ++writes < 2 });
  await settle();
  await clock.advance(1);
  assertEquals([await done, writes, clock.sleeping], [true, 2, 0]);
});

Deno.test("watchPlain() ends with the signal", async () => {
  const { stop, done, clock } = start(() => Promise.resolve(ONE));
  await settle();
  stop.abort();
  await done;
  assertEquals(clock.sleeping, 0);
});
