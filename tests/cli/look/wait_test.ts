import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readWaitFlags, waitOn } from "../../../src/cli/look/wait.ts";
import { ConfigError } from "../../../src/config/config_error.ts";
import type { Report } from "../../../src/report/model.ts";
import { ReportSourceError } from "../../../src/report/source.ts";
import { until } from "../../../compose/lab/until.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";
import { goldenReport } from "../../report/golden_views.ts";
import { runProgram } from "../program.ts";

const STANDBY = goldenReport("one_standby_well");
/** The same after the standby was promoted. */
const PROMOTED: Report = {
  ...STANDBY,
  clusters: STANDBY.clusters.map((cluster) => ({
    ...cluster,
    servers: cluster.servers.map((server) => ({ ...server, role: "primary" })),
  })),
};
const GOAL = { isCaughtUp: false, maxLagSeconds: null, position: null, role: "primary" } as const;

/** Waits 3 s at most on these reports or errors, of which the last one repeats. */
async function waitFor(
  answers: readonly (Report | Error)[],
  { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
) {
  const clock = new FakeClock();
  const shown: string[] = [];
  let reads = 0;
  const waiting = waitOn({
    name: "fake",
    read: () => {
      const answer = answers[Math.min(reads++, answers.length - 1)];
      return answer instanceof Error || answer === undefined
        ? Promise.reject(answer)
        : Promise.resolve(answer);
    },
    close: () => Promise.resolve(),
  }, {
    name: "standby",
    goal: GOAL,
    timeoutSeconds: 3,
    clock,
    signal,
    show: (text) => void shown.push(text),
  });
  let isOver = false;
  const over = waiting.then((state) => state, (error: unknown) => error).finally(() => isOver = true);
  while (!isOver) {
    await until("the next look", () => isOver || clock.sleeping === 2);
    if (!isOver) await clock.advance(0.5);
    await Promise.resolve();
  }
  assertEquals(clock.sleeping, 0);
  return { state: await over, shown, reads };
}

Deno.test("waitOn() looks until the goal is reached, and shows what is missing", async () => {
  assertEquals(await waitFor([new ReportSourceError("nothing listens"), STANDBY, PROMOTED]), {
    state: { isReached: true, text: '"standby" is a primary' },
    shown: ["Waiting (0 s): nothing listens", 'Waiting (1 s): "standby" is a standby'],
    reads: 3,
  });
});

Deno.test("waitOn() returns the last state when the time is over", async () => {
  assertEquals((await waitFor([STANDBY])).state, { isReached: false, text: '"standby" is a standby' });
  assertEquals((await waitFor([STANDBY, new ReportSourceError("nothing listens")])).state, {
    isReached: null,
    text: "nothing listens",
  });
});

Deno.test("waitOn() throws the reason of the signal, and any other error", async () => {
  const reason = new Error("Told to stop");
  assertEquals((await waitFor([STANDBY], { signal: AbortSignal.abort(reason) })).state, reason);
  const broken = new TypeError("It broke");
  assertEquals((await waitFor([broken])).state, broken);
});

function flagsOf(options: Readonly<Record<string, string>>) {
  return readWaitFlags({ option: (name) => options[name], isOn: (name) => options[name] === "true" });
}

Deno.test("readWaitFlags() reads every condition and the timeout", () => {
  assertEquals(
    flagsOf({ "caught-up": "true", lag: "5s", lsn: "0/3000148", role: "primary", timeout: "2m" }),
    {
      goal: { isCaughtUp: true, maxLagSeconds: 5, position: 0x3000148n, role: "primary" },
      timeoutSeconds: 120,
    },
  );
  assertEquals(flagsOf({ role: "standby" }).timeoutSeconds, 60);
});

Deno.test("readWaitFlags() reports every problem", () => {
  const error = assertThrows(
    () => flagsOf({ lag: "soon", lsn: "here", role: "leader", timeout: "0" }),
    ConfigError,
  );
  assertEquals(error.problems.length, 4);
  assertThrows(() => flagsOf({}), ConfigError, "needs a condition");
});

Deno.test("wait: an unusable command line is unknown, not a timeout", async () => {
  const none = await runProgram(["wait", "standby", "--server=standby=host=127.0.0.1 port=1 user=m"]);
  assertEquals([none.code, none.stdout], [3, ""]);
  assertStringIncludes(none.stderr, "needs a condition");
});
