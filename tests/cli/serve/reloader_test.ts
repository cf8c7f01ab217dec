import { assertEquals } from "@std/assert";
import { Reloader } from "../../../src/cli/serve/reloader.ts";
import type { Config } from "../../../src/config/config.ts";
import { ConfigError } from "../../../src/config/config_error.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { FakeLogger } from "../../fixtures/fake_logger.ts";
import { plainestConfig } from "../../fixtures/plainest_config.ts";

function reloaderWith(read: () => Promise<Config> = () => Promise.resolve(plainestConfig())) {
  const logger = new FakeLogger();
  const outcomes: boolean[] = [];
  let [running, most, applied] = [0, 0, 0];
  const reloader = new Reloader({
    read,
    apply: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve));
      running--;
      applied++;
      return { changes: ["log changed"], needsRestart: ["state.file"] };
    },
    onOutcome: ({ successful }) => outcomes.push(successful),
    clock: new FakeClock(),
    logger,
  });
  const levels = () => logger.lines.map(({ level }) => level);
  return { reloader, outcomes, levels, counts: () => ({ most, applied }), logger };
}

Deno.test("Reloader reports what a new configuration has changed", async () => {
  const { reloader, outcomes, levels } = reloaderWith();
  assertEquals(reloader.last, null);
  const report = await reloader.reload("test");
  assertEquals([report.successful, report.changes, report.needs_restart, report.by], [
    true,
    ["log changed"],
    ["state.file"],
    "test",
  ]);
  assertEquals([reloader.last, outcomes, levels()], [report, [true], ["info", "info", "warn"]]);
});

Deno.test("Reloader applies nothing of an invalid configuration, and reports all problems", async () => {
  const { reloader, outcomes, counts, logger } = reloaderWith(() =>
    Promise.reject(new ConfigError(["a", "b"]))
  );
  const report = await reloader.reload("test");
  assertEquals([report.successful, report.problems, counts().applied, outcomes], [false, ["a", "b"], 0, [
    false,
  ]]);
  assertEquals(logger.lines.at(-1)?.fields["problems"], "a; b");
});

Deno.test("Reloader survives unexpected errors", async () => {
  const { reloader } = reloaderWith(() => Promise.reject(new Error("disk")));
  assertEquals((await reloader.reload("a")).problems, ["disk"]);
  assertEquals((await reloader.reload("b")).by, "b");
});

Deno.test("Reloader runs one reload at a time; waiting requests share the next one", async () => {
  const { reloader, counts } = reloaderWith();
  const reports = await Promise.all(["a", "b", "c", "d"].map((by) => reloader.reload(by)));
  assertEquals(reports.map(({ by }) => by), ["a", "b", "b", "b"]);
  assertEquals(counts(), { most: 1, applied: 2 });
  await reloader.reload("e");
  assertEquals(counts().applied, 3);
});
