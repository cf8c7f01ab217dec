import { assert, assertEquals } from "@std/assert";
import { findProgram } from "../exposition/programs.ts";
import {
  type Expectation,
  packValues,
  type Recording,
  ruleTestOf,
  testRules,
  unpackValues,
} from "./recording.ts";

const promtool = await findProgram("promtool");
const skipped = promtool === null ? " (skipped: promtool is not installed)" : "";

/** What fires when, in each recording of `record.ts`; before the fault nothing does, and everything is looked at. */
const EXPECTED: Readonly<Record<string, readonly Expectation[]>> = {
  peace: [
    { atSeconds: 60, firing: [] },
    { atSeconds: 235, firing: [] },
  ],
  cut: [
    { atSeconds: 55, firing: [] },
    { atSeconds: 130, firing: ["PgreplStandbyDisconnected standby"] },
    { atSeconds: 205, firing: ["PgreplStandbyDisconnected standby", "PgreplStandbyLagWarning standby"] },
    { atSeconds: 295, firing: [] },
  ],
  freeze: [
    { atSeconds: 55, firing: [] },
    { atSeconds: 175, firing: ["PgreplStandbyHalfOpen standby"] },
    { atSeconds: 265, firing: [] },
  ],
  pause: [
    { atSeconds: 55, firing: [] },
    { atSeconds: 200, firing: ["PgreplStandbyLagWarning standby"] },
    { atSeconds: 400, firing: ["PgreplStandbyLagWarning standby", "PgreplStandbyReplayPaused standby"] },
    { atSeconds: 475, firing: [] },
  ],
  promote: [
    { atSeconds: 55, firing: [] },
    { atSeconds: 115, firing: ["PgreplNoPrimary cluster"] },
    { atSeconds: 140, firing: ["PgreplFailover cluster", "PgreplServerDown primary"] },
    {
      atSeconds: 235,
      firing: [
        "PgreplFailover cluster",
        "PgreplServerDown primary",
        "PgreplStandbyLagWarning primary",
        "PgreplStandbyUnreachable primary",
      ],
    },
  ],
  lost_slot: [
    { atSeconds: 55, firing: [] },
    { atSeconds: 95, firing: ["PgreplSlotLost primary"] },
    {
      atSeconds: 195,
      firing: [
        "PgreplSlotLost primary",
        "PgreplStandbyDisconnected standby",
        "PgreplStandbyLagWarning standby",
        "PgreplStandbyMustBeRebuilt standby",
      ],
    },
  ],
  split_brain: [
    { atSeconds: 55, firing: [] },
    { atSeconds: 70, firing: ["PgreplFailover cluster", "PgreplSplitBrain cluster"] },
    {
      atSeconds: 145,
      firing: ["PgreplFailover cluster", "PgreplServerStranded primary", "PgreplSplitBrain cluster"],
    },
    { atSeconds: 205, firing: ["PgreplFailover cluster", "PgreplServerStranded primary"] },
  ],
};

async function readRecording(name: string): Promise<Recording> {
  return JSON.parse(await Deno.readTextFile(new URL(`recorded/${name}.json`, import.meta.url)));
}

for (const [name, expectations] of Object.entries(EXPECTED)) {
  Deno.test({
    name: `the right alerts fire, and no others, in what was recorded: ${name}${skipped}`,
    ignore: promtool === null,
    async fn() {
      const recording = await readRecording(name);
      const { isPassed, said } = await testRules([ruleTestOf(name, recording, expectations)]);
      assert(isPassed, said);
    },
  });
}

Deno.test("packValues() and unpackValues() are each other's way back", () => {
  assertEquals(packValues([null, null, 1, 1, 1, 2.5, null, 1]), "_*2 1*3 2.5 _ 1");
  assertEquals(unpackValues("_*2 1*3 2.5 _ 1"), ["_", "_", "1", "1", "1", "2.5", "_", "1"]);
});
