import { assertEquals } from "@std/assert";
import { explainStandby } from "../../../src/cluster/diagnosis/explain.ts";
import { recovery } from "../fixtures.ts";
import { END, lagOf, MIB, situation, standby } from "./situations.ts";

Deno.test("explainStandby() says reason, stage, verdict and forecast of one standby", () => {
  const own = standby({ recovery: [recovery({ pauseState: "paused" })] }, {
    replayPosition: END - 32n * MIB,
  });
  const paused = situation({ own, lag: lagOf(Number(32n * MIB), 12) });
  assertEquals(explainStandby(paused, { replay: 0, wal: 1000 }), {
    reason: "paused",
    reasonText: "Replay is paused: 32.0 MiB received and not applied; 32.0 MiB and 12.0 s behind",
    stage: "replay",
    catchUp: "streaming",
    catchUpText: "It streams from primary",
    catchUpSeconds: null,
    fallingBehind: true,
  });
});

Deno.test("explainStandby() takes a delay on purpose for no falling behind", () => {
  const own = standby({ recovery: [recovery({ applyDelaySeconds: 60 })] }, {
    replayPosition: END - 32n * MIB,
  });
  const delayed = situation({ own, lag: lagOf(Number(32n * MIB), 60) });
  const { reason, fallingBehind } = explainStandby(delayed, { replay: 900, wal: 1000 });
  assertEquals([reason, fallingBehind], ["delayed", false]);
});

Deno.test("explainStandby() of a standby of which nothing is known", () => {
  const unknown = situation({
    own: null,
    upstream: null,
    sender: null,
    slot: null,
    connected: null,
    lag: lagOf(null),
    lastPosition: null,
    primaryPosition: null,
    signs: { received: null },
  });
  assertEquals(explainStandby(unknown, { replay: null, wal: null }), {
    reason: null,
    reasonText: "",
    stage: null,
    catchUp: null,
    catchUpText: "",
    catchUpSeconds: null,
    fallingBehind: null,
  });
});
