/** Deriving the view of one primary with many standbys, in this process. */
import { ClusterTracker } from "../../../src/cluster/tracker.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../../src/domain/thresholds.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { reached, receiver, recovery, sender, server, slot } from "../../cluster/fixtures.ts";
import { type Benchmark, judge, type Row } from "../row.ts";
import { formatNumber, formatSpread, median } from "../statistics.ts";

const GOAL_MS = 25;
/** Twice the standbys may take this much longer. */
const LINEAR = 2.3;

/** How sender rows are joined to their standbys. */
const JOINS = ["a slot each", "the default application name, without slots"] as const;

/** Derives views of a primary with 200 and with 400 standbys. */
export const derivedView: Benchmark = {
  name: "view",
  help: "Deriving the view and all findings of one primary with 200 and 400 standbys, in process",
  run: (stage) =>
    Promise.resolve(JOINS.flatMap((join): readonly Row[] => {
      const [few, many] = [followed(200, join), followed(400, join)];
      for (let index = 0; index < 20; index++) for (const each of [few, many]) each();
      const rounds = Array.from({ length: stage.isQuick ? 10 : 40 }, () => ({
        few: Math.min(few(), few(), few()),
        many: Math.min(many(), many(), many()),
      }));
      const [fewMs, manyMs] = [rounds.map((round) => round.few), rounds.map((round) => round.many)];
      const growth = median(rounds.map((round) => round.many / round.few));
      return [{
        what: `View of 200 standbys with ${join}`,
        goal: `under ${GOAL_MS} ms`,
        figure: `${formatNumber(median(fewMs))} ms`,
        verdict: judge(median(fewMs) < GOAL_MS),
        details: [`half within ${formatSpread(fewMs)} ms`],
        values: { medianMs: median(fewMs) },
      }, {
        what: `View of 400 standbys with ${join}`,
        goal: `linear: up to ${LINEAR} times that`,
        figure: `${formatNumber(median(manyMs))} ms, ${formatNumber(growth)} times`,
        verdict: judge(growth <= LINEAR),
        details: [`half within ${formatSpread(manyMs)} ms`],
        values: { medianMs: median(manyMs), growth },
      }];
    })),
};

/** A tracker that has seen the cluster twice; each call derives a view and returns how long that took, ms. */
function followed(count: number, join: typeof JOINS[number]): () => number {
  let now = 1000;
  const tracker = new ClusterTracker({
    clock: { monotonic: () => now, wall: () => now, sleep: () => Promise.reject(new Error("No sleeping")) },
    expectedStandbys: null,
    health: DEFAULT_HEALTH_THRESHOLDS,
  });
  tracker.observe(clusterAt(now, { count, join }));
  now += 1;
  const snapshots = clusterAt(now, { count, join });
  tracker.observe(snapshots);
  return () => {
    now += 0.01;
    const before = performance.now();
    tracker.derive(snapshots);
    return performance.now() - before;
  };
}

function clusterAt(
  now: number,
  { count, join }: { readonly count: number; readonly join: typeof JOINS[number] },
): readonly ServerSnapshot[] {
  const position = BigInt(now) * 100_000n;
  const names = Array.from({ length: count }, (_, index) => `standby${index}`);
  const slotOf = (name: string) => join === "a slot each" ? name : "";
  const address = (host: string) => ({ host, hostAddress: "", port: 5432 });
  const senders = names.map((name, index) =>
    sender({
      standby: name,
      applicationName: join === "a slot each" ? name : "walreceiver",
      slot: slotOf(name),
      pid: index + 1,
      clientAddress: "10.1.0.1",
      sentPosition: position,
      replayPosition: position,
      replyAgeSeconds: 1,
    })
  );
  const slots = names.filter((name) => slotOf(name) !== "").map((name, index) =>
    slot({ slot: name, activePid: index + 1, restartPosition: position, retainedBytes: 0 })
  );
  const primary = reached("primary", {
    readAt: now,
    facts: { server: [server({ writePosition: position })], senders, slots },
  });
  const standbys = names.map((name, index) => ({
    ...reached(name, {
      readAt: now,
      facts: {
        server: [server({ inRecovery: true, receivePosition: position, replayPosition: position })],
        receiver: [receiver({ slot: slotOf(name), senderHost: "primary.example.com" })],
        recovery: [recovery({ primarySlotName: slotOf(name) })],
        senders: [],
        slots: [],
      },
    }),
    address: address(`10.2.${index >> 8}.${index & 255}`),
  }));
  return [{ ...primary, address: address("primary.example.com") }, ...standbys];
}
