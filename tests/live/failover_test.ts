import { serverIn, strandedIn } from "../cluster/view.ts";
import { assert, assertEquals, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { View } from "../../src/domain/view.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { inTime, reasonToSkip, untilHolds } from "./support.ts";
import { valueOf, watchCluster, type Watching } from "./watching.ts";

const ignore = reasonToSkip() !== null;

function edgesOf(view: View): readonly string[] {
  return view.edges.map(({ upstream, downstream }) => `${upstream} > ${downstream}`).sort();
}

function happened(view: View): readonly string[] {
  return view.events.map(({ kind, server }) => `${kind} ${server}`);
}

/**
 * Advances the test's clock by a second and returns the view after one collection of every server that may be tried. While
 * the clock stands still nothing is read, so the result does not depend on how long a change takes.
 */
async function freshView({ service }: Watching, clock: FakeClock): Promise<View> {
  await clock.advance(1);
  await inTime("a scrape", service.scrape());
  const view = service.view();
  assert(view !== null, "every server has been tried");
  return view;
}

Deno.test(
  { name: "a cascade through a promotion, a split brain and the old primary's return", ignore },
  async (t) => {
    await using cluster = await startCluster({ standbys: 2, cascade: true, load: 20 });
    const clock = new FakeClock();
    await using watching = watchCluster(cluster, {
      clock,
      collect: { maxAgeSeconds: 0, intervalSeconds: 1 },
    });
    await inTime("the first scrape", watching.service.scrape());

    await t.step("replication edges, including the cascade", async () => {
      await untilHolds("the cascade to be known", async () => {
        const view = await freshView(watching, clock);
        assertEquals(edgesOf(view), ["primary > standby", "standby > standby2"]);
        assertEquals(view.edges.map(({ by }) => by), ["slot", "slot"]);
        assertEquals(view.standbys.map(({ name, connected }) => [name, connected]), [
          ["standby", true],
          ["standby2", true],
        ]);
        assertLess(view.standbys[1]?.upstreamLagSeconds ?? Infinity, 2);
      });
      assertEquals(happened(await freshView(watching, clock)), []);
    });

    await t.step(
      "one collection after a promotion shows role, timeline, split brain and the stranded standby",
      async () => {
        await cluster.faults.promote("standby");
        const view = await freshView(watching, clock);
        assertEquals(edgesOf(view), ["standby > standby2"]);
        assertEquals(view.clusters[0]?.primaries, ["primary", "standby"]);
        assertEquals(strandedIn(view), ["primary"]);
        assertEquals(view.clusters.map(({ failovers }) => failovers), [1]);
        assertEquals([...happened(view)].sort(), [
          "promoted standby",
          "split_brain cluster",
          "stranded primary",
        ]);
        const families = await watching.service.scrape();
        assertEquals(valueOf(families, "pgrepl_cluster_split_brain"), 1);
        assertEquals(valueOf(families, "pgrepl_cluster_failovers_total"), 1);
        assertEquals(valueOf(families, "pgrepl_server_stranded", { instance: "primary" }), 1);
        assertEquals(valueOf(families, "pgrepl_timeline", { instance: "standby" }), 2);
        assertEquals(valueOf(families, "pg_replication_connections", { instance: "standby" }), 1);
      },
    );

    await t.step("the old primary returns as a standby, without a restart of the exporter", async () => {
      await cluster.faults.rebuild("primary");
      await untilHolds("it to be followed", async () => {
        const view = await freshView(watching, clock);
        assertEquals(view.servers.map(({ up }) => up), [true, true, true]);
        assertEquals(edgesOf(view), ["standby > primary", "standby > standby2"]);
        assertEquals([strandedIn(view), view.clusters[0]?.primaries], [[], ["standby"]]);
        assertEquals(view.standbys.map(({ name, connected }) => [name, connected]), [
          ["primary", true],
          ["standby2", true],
        ]);
        assertEquals(view.clusters.map(({ failovers }) => failovers), [1]);
        assertLess(serverIn(view, "primary").lag?.seconds ?? Infinity, 2);
      });
      const view = await freshView(watching, clock);
      // The same in the log, one line each; the line about the server covers its absence.
      const told = watching.lines.filter(({ fields }) => fields.event !== undefined).map(({ message }) =>
        message
      );
      const events = view.events.filter(({ kind }) => kind !== "reachable" && kind !== "unreachable");
      assertEquals(told, events.map(({ message }) => message));
      assert(happened(view).includes("demoted primary"), happened(view).join(", "));
    });
  },
);
