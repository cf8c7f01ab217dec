import { assertEquals } from "@std/assert";
import { readReports, type ReportReading } from "../../../src/cli/watch/read_reports.ts";
import type { Report } from "../../../src/report/model.ts";
import type { ReportSource } from "../../../src/report/source.ts";
import { FakeClock, settle } from "../../fixtures/fake_clock.ts";
import { NOON, WELL } from "../../report/terminal/reports.ts";

function sourceOf(read: (signal: AbortSignal) => Promise<Report>): ReportSource {
  return { name: "3 servers", read, close: () => Promise.resolve() };
}

function collect(
  read: (signal: AbortSignal) => Promise<Report>,
  { count = null, intervalSeconds = 2 }: {
    readonly count?: number | null;
    readonly intervalSeconds?: number;
  } = {},
) {
  const clock = new FakeClock({ wall: NOON });
  const stop = new AbortController();
  const readings: { readonly at: number; readonly reading: ReportReading }[] = [];
  const start = clock.monotonic();
  const done = (async () => {
    for await (
      const reading of readReports(sourceOf(read), { clock, intervalSeconds, count, signal: stop.signal })
    ) readings.push({ at: clock.monotonic() - start, reading });
  })();
  return { clock, stop, readings, done };
}

Deno.test("readReports() reads immediately and then at the interval", async () => {
  const { clock, stop, readings, done } = collect(() => Promise.resolve(WELL));
  await settle();
  await clock.advance(5);
  stop.abort();
  await done;
  assertEquals(readings.map(({ at }) => at), [0, 2, 4]);
  assertEquals(clock.sleeping, 0);
});

Deno.test("readReports() ends after `count` reports", async () => {
  const { clock, readings, done } = collect(() => Promise.resolve(WELL), { count: 2 });
  await settle();
  await clock.advance(2);
  await done;
  assertEquals([readings.length, clock.sleeping], [2, 0]);
});

Deno.test("readReports() reports since when there has been no report, and continues", async () => {
  let turn = 0;
  const { clock, stop, readings, done } = collect(() =>
    ++turn === 2 || turn === 3 ? Promise.reject(new Error("refused")) : Promise.resolve(WELL)
  );
  await settle();
  await clock.advance(6);
  stop.abort();
  await done;
  assertEquals(readings.map(({ reading }) => reading.type === "report" ? "report" : reading.trouble), [
    "report",
    { message: "refused", since: NOON },
    { message: "refused", since: NOON },
    "report",
  ]);
});

Deno.test("readReports() aborts a read that hangs", async () => {
  const told: boolean[] = [];
  const { clock, stop, readings, done } = collect((signal) => {
    signal.addEventListener("abort", () => told.push(true));
    return new Promise(() => {});
  });
  await settle();
  await clock.advance(10);
  assertEquals(readings.map(({ reading }) => reading.type === "trouble" && reading.trouble.message), [
    "no response within 10 s: check that it is running and not overloaded",
  ]);
  assertEquals(told, [true]);
  stop.abort();
  await done;
});

Deno.test("readReports() skips missed intervals", async () => {
  let wake = () => {};
  let turn = 0;
  const { clock, stop, readings, done } = collect(() =>
    turn++ > 0 ? Promise.resolve(WELL) : new Promise((resolve) => wake = () => resolve(WELL))
  );
  await settle();
  await clock.advance(5);
  wake();
  await settle();
  await clock.advance(3);
  stop.abort();
  await done;
  assertEquals(readings.map(({ at }) => at), [5, 7]);
});

Deno.test("readReports() ends immediately, even while it waits for a report", async () => {
  const { clock, stop, readings, done } = collect(() => new Promise(() => {}));
  await settle();
  stop.abort("stopped");
  await done;
  assertEquals([readings.length, clock.sleeping], [0, 0]);
});
