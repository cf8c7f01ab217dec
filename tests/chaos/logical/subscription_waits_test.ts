import { assert, assertEquals, assertLess } from "@std/assert";
import { injectFault } from "../../../compose/lab/fault_catalogue.ts";
import { startLogicalCluster } from "../../../compose/lab/logical.ts";
import { describeLogical, isWell, type LogicalSample, LogicalStage } from "../../truth/logical_stage.ts";
import { now } from "../../truth/markers.ts";
import { errorOf } from "../../truth/score.ts";
import { fairTruth } from "../../truth/stage.ts";
import { LIMIT_SECONDS } from "../assertions.ts";
import { testOnMajors } from "../majors.ts";

/** Everything must be well again this long after healing, seconds. */
const RECOVERY_SECONDS = 75;
/** 1 MB of WAL a second, none of it published. */
const NOISE = 400;

testOnMajors("what takes its time: silence, transactions and consumers that hold slots", async (t, major) => {
  await using pair = await startLogicalCluster({ major, standbys: 0, settings: { autovacuum: "off" } });
  await using stage = await LogicalStage.open(pair, { collect: { maxAgeSeconds: 0, deadlineSeconds: 20 } });
  const { markers, pace } = stage;
  const step = async (name: string, body: () => Promise<void>) => {
    if (!(await t.step(name, body))) throw new Error(`${name} failed: those after it are not tried`);
  };
  const inject = (request: string) => injectFault(pair.publisher, request.split(" "));
  const toldSince = (since: number): readonly LogicalSample[] => {
    const samples = stage.samples.filter((each) => each.since > since);
    for (const sample of samples) {
      assert(sample.ours !== null, describeLogical(sample));
      assert(errorOf(sample.ours, fairTruth(sample, pace)) <= LIMIT_SECONDS, describeLogical(sample));
    }
    return samples;
  };

  await step(
    "a link stalls while nothing is written: no lag, until there is something to send",
    async () => {
      markers.resume();
      await stage.sampleUntil("all to be well", isWell, RECOVERY_SECONDS);
      await stage.untilVisible();
      await stage.sampleUntil("all to be confirmed", ({ ours }) => ours === 0, RECOVERY_SECONDS);
      const since = now();
      // What the server writes by itself cannot be confirmed any more, nor what it wrote a moment ago.
      markers.noteBareWal(since - 1);
      await inject("stall subscriber");
      await stage.sampleFor(9);
      for (const sample of toldSince(since)) {
        assert(["idle", "streaming"].includes(sample.reason ?? ""), describeLogical(sample));
        assertEquals(sample.findings, [], describeLogical(sample));
      }
      markers.resume();
      await stage.sampleUntil("it to be told", ({ reason }) => reason === "half_open", 14);
      await stage.sampleFor(2);
      const last = toldSince(since).at(-1);
      assertEquals([last?.reason, last?.findings], ["half_open", ["subscription_disconnected warning"]]);
      await inject("heal subscriber");
      await stage.sampleUntil("all to be well again", isWell, RECOVERY_SECONDS);
    },
  );

  await step(
    "L7 and L16: a transaction is open, a consumer confirms nothing, and much is written",
    async () => {
      const since = now();
      await inject("long-transaction");
      await inject("stop-ack");
      await inject(`quiet-noise ${NOISE}`);
      markers.resume();
      const isTold = ({ reason, findings }: LogicalSample) =>
        reason === "long_transaction" && findings.length > 0;
      await stage.sampleUntil("both to be told", isTold, 90);
      await stage.sampleFor(3);
      const found = new Set<string>();
      for (const sample of toldSince(since)) {
        assert(["streaming", "long_transaction"].includes(sample.reason ?? ""), describeLogical(sample));
        assertLess(sample.ours ?? NaN, 2 + LIMIT_SECONDS, describeLogical(sample));
        sample.findings.forEach((each) => found.add(each));
      }
      assertEquals([...found], ["slot_not_confirmed warning"]);
      await inject("quiet-noise 0");
      await inject("start-ack");
      await inject("end-transaction");
      await stage.sampleUntil("all to be well again", isWell, RECOVERY_SECONDS);
    },
  );

  await step("L18: a consumer is away: its slot is found, and the subscription is well", async () => {
    const since = now();
    await inject("stop-cdc");
    await inject(`quiet-noise ${NOISE}`);
    markers.resume();
    const found = "slot_inactive warning";
    await stage.sampleUntil("it to be told", ({ findings }) => findings.includes(found), 60);
    const samples = toldSince(since);
    assertEquals([...new Set(samples.flatMap(({ findings }) => findings))], [found]);
    assert(samples.every(({ reason }) => reason === "streaming" || reason === "idle"));
    await inject("quiet-noise 0");
    await inject("start-cdc");
    await stage.sampleUntil("all to be well again", isWell, RECOVERY_SECONDS);
  });

  await step("L19: the slot of an idle consumer is invalidated", async () => {
    if (major < 18) return;
    const since = now();
    markers.resume();
    await inject("idle-timeout");
    await stage.sampleFor(4);
    const samples = toldSince(since);
    assertEquals(samples.at(-1)?.findings, ["slot_lost critical"]);
    assert(samples.every(({ reason }) => reason === "streaming" || reason === "idle"));
    await inject("start-cdc");
    await stage.sampleUntil("all to be well again", isWell, RECOVERY_SECONDS);
  });
});
