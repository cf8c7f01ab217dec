import { assert, assertEquals } from "@std/assert";
import { until } from "../../compose/lab/until.ts";
import { KnownWriter, monotonic } from "../live/known_writer.ts";
import { Reader, startBalancer } from "./balancer.ts";
import { PatroniCluster, patroniMissing } from "./patroni_cluster.ts";
import { type Moment, Observer, watchPatroni } from "./watching_patroni.ts";

const missing = patroniMissing();
const NAMES = ["n1", "n2", "n3"];

/** Two samples, and what a busy machine takes for them, seconds. */
const TOLERANCE_SECONDS = 3;

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/** At no moment a second primary, a stranded server, or more lag than there was. */
function assertTrue(
  moments: readonly Moment[],
  { since, writer }: { readonly since: number; readonly writer: KnownWriter },
): void {
  assert(moments.length > 20, "the exporter was asked often");
  for (const { at, values, findings } of moments) {
    const when = `${(at - since).toFixed(1)} s after`;
    assertEquals(values["pgrepl_cluster_split_brain cluster"], 0, when);
    for (const name of NAMES) {
      assertEquals(values[`pgrepl_server_stranded ${name}`] ?? 0, 0, `${when}, ${name}`);
      const lag = values[`pgrepl_standby_lag_seconds ${name}`] ?? 0;
      // A standby that lacks anything lacks what was written after the outage.
      const truth = writer.writtenSince(since, at);
      assert(lag <= truth + TOLERANCE_SECONDS, `${when} ${name}: ${lag} s said, at most ${truth} s true`);
    }
    const lagHigh = findings.filter((each) => each.startsWith("lag_high"));
    assert(lagHigh.length === 0 || writer.writtenSince(since, at) > 20, `${when}: ${lagHigh.join()}`);
  }
}

Deno.test({
  name: `under a failover and a switchover of Patroni everything stays true, and reads go on${missing}`,
  ignore: missing !== "",
  async fn() {
    await using cluster = await PatroniCluster.start({ ttlSeconds: 20, loopWaitSeconds: 3 });
    await using writer = new KnownWriter(cluster.nodes);
    await using exporter = await watchPatroni(cluster);
    await using balancer = await startBalancer(cluster, Number(new URL(exporter.url).port));
    const paths = NAMES.flatMap((name) =>
      ["primary", "replica?max_lag=5s"].map((path) => `/servers/${name}/${path}`)
    );
    await using observer = new Observer(exporter, paths);
    await until("every route to be known", () => {
      const { routes = {} } = observer.moments.at(-1) ?? {};
      return Object.values(routes).filter((status) => status === 200).length === 3;
    });
    await using reader = new Reader(cluster, balancer.reads);
    await until("reads to work", () => {
      const { good, failed } = reader.since(monotonic() - 2);
      return good > 5 && failed === 0;
    });
    await pause(3);

    const killedAt = monotonic();
    await cluster.node("n1").kill();
    await until("another leader", async () => {
      const leader = await cluster.primary();
      return leader !== null && leader.name !== "n1";
    }, { seconds: 60 });
    await pause(12);
    const outage = { since: killedAt, writer };
    assertTrue(observer.since(killedAt + 2), outage);
    const failover = { ...reader.since(killedAt), writes: writer.longestGap(killedAt) };
    assert(failover.gap < 3 && failover.failed < 10, Deno.inspect(failover));

    await cluster.node("n1").startAgent();
    const leader = await cluster.untilStreaming();
    await pause(8);
    const switchedAt = monotonic();
    const { code, output } = await cluster.ctl("switchover", cluster.scope, "--candidate", "n1", "--force");
    assertEquals(code, 0, output);
    await until("the new leader", async () => (await cluster.primary())?.name === "n1", { seconds: 60 });
    await pause(8);
    assertTrue(observer.since(switchedAt), { since: switchedAt, writer });
    const switchover = { ...reader.since(switchedAt), writes: writer.longestGap(switchedAt) };
    assert(switchover.gap < 3 && switchover.failed < 10, Deno.inspect({ from: leader.name, ...switchover }));

    const report: { readonly events: readonly { readonly kind: string; readonly server: string }[] } =
      await (await exporter.fetch("/api/v1/report")).json();
    const kinds = report.events.map(({ kind, server }) => `${kind} ${server}`);
    assertEquals(kinds.filter((kind) => /^(split_brain|stranded)/.test(kind)), []);
    assert(kinds.includes("promoted n1"), kinds.join());
  },
});
