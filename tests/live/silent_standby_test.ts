import { assertEquals, assertLess } from "@std/assert";
import { startCluster } from "../../compose/lab/cluster.ts";
import type { ServerErrorKind, View } from "../../src/domain/view.ts";
import { runCommand } from "./command.ts";
import {
  type Cluster,
  DEBIAN_15,
  isInstalled,
  reasonToSkip,
  type Server,
  until,
  untilHolds,
} from "./support.ts";
import { watchCluster } from "./watching.ts";

const ignore = reasonToSkip() !== null || !isInstalled(DEBIAN_15);
const OPTIONS = { binaries: DEBIAN_15, directLinks: true, settings: { wal_sender_timeout: "0" } };

/** Makes a standby stream as "walreceiver" and without a slot: its row has neither name nor slot. */
async function makeNameless(cluster: Cluster, standby: Server, hotStandby = "on"): Promise<void> {
  const { replicator } = cluster.passwords;
  const conninfo = `host=127.0.0.1 port=${cluster.primary.port} user=replicator password=${replicator}`;
  for (
    const [name, value] of Object.entries({
      primary_conninfo: conninfo,
      primary_slot_name: "",
      cluster_name: "",
      hot_standby: hotStandby,
    })
  ) await standby.sql(`ALTER SYSTEM SET ${name} = '${value}'`);
  await standby.stop();
}

async function untilRows(cluster: Cluster, count: number): Promise<void> {
  const rows = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming' " +
    "AND application_name = 'walreceiver' AND replay_lsn = pg_current_wal_lsn()";
  await until("the nameless ones to stream", async () => await cluster.primary.text(rows) === String(count));
}

const namesOf = (view: View | null) =>
  view?.standbys.map(({ name, configured, connected }) => [name, configured, connected]);

Deno.test(
  { name: "a configured standby that cannot be asked is not listed a second time", ignore },
  async (t) => {
    await using cluster = await startCluster({ ...OPTIONS, standbys: 2 });
    const [one, two] = [cluster.server("standby"), cluster.server("standby2")];
    const hba = `${two.dataDir}/pg_hba.conf`;
    const rules = await Deno.readTextFile(hba);

    /** An exporter that was started while standby2 could not be asked. */
    const seesOne = async (trouble: ServerErrorKind) => {
      await using watching = watchCluster(cluster, {
        collect: { intervalSeconds: 0.5, maxAgeSeconds: 0, deadlineSeconds: 2 },
      });
      await untilHolds("one standby of each name", () => {
        const view = watching.service.view();
        assertEquals(view?.servers.map(({ up, trouble }) => [up, trouble?.kind]), [
          [true, undefined],
          [true, undefined],
          [false, trouble],
        ]);
        assertEquals(namesOf(view), [["standby", true, true], ["standby2", true, true]]);
        assertEquals(view?.edges.map(({ downstream, by }) => [downstream, by]), [
          ["standby", "slot"],
          ["standby2", "address"],
        ]);
        assertEquals(view?.clusters[0]?.connectedStandbys, 2);
        assertLess(view?.standbys[1]?.lag.seconds ?? Infinity, 2);
      });
    };

    await makeNameless(cluster, two);
    await two.start();
    await untilRows(cluster, 1);
    await t.step("its login fails", async () => {
      await Deno.writeTextFile(hba, `host all monitor all reject\n${rules}`);
      await two.sql("SELECT pg_reload_conf()");
      await seesOne("refused");
      await Deno.writeTextFile(hba, rules);
      await two.sql("SELECT pg_reload_conf()");
    });
    await t.step("it has no connection left", async () => {
      await cluster.faults.exhaustConnections(two);
      await seesOne("too_many_connections");
      await cluster.faults.releaseConnections(two);
    });
    await t.step("it is frozen", async () => {
      await two.freeze();
      await seesOne("timeout");
      await two.thaw();
    });
    await t.step("hot_standby = off", async (step) => {
      const stop = new AbortController();
      await makeNameless(cluster, two, "off");
      const started = two.start({ signal: stop.signal, seconds: 600 }).catch(() => {});
      await untilRows(cluster, 1);
      await seesOne("starting");
      const { stdout } = await runCommand(cluster, ["report", "--sample=1s"]);
      // Only the table of senders has the name that the row has.
      assertEquals(stdout.match(/─ walreceiver|"walreceiver"/), null, stdout);

      await step.step("two of them: theirs, without saying which is whose", async () => {
        await makeNameless(cluster, one, "off");
        const startedToo = one.start({ signal: stop.signal, seconds: 600 }).catch(() => {});
        await untilRows(cluster, 2);
        await using watching = watchCluster(cluster, { collect: { intervalSeconds: 0.5, maxAgeSeconds: 0 } });
        await untilHolds("neither to be told twice", () => {
          const view = watching.service.view();
          assertEquals(namesOf(view), [["standby", true, null], ["standby2", true, null]]);
          assertEquals(view?.clusters[0]?.connectedStandbys, 2);
        });
        const { stdout: said } = await runCommand(cluster, ["report", "--sample=1s"]);
        assertEquals(said.match(/─ walreceiver/), null, said);
        stop.abort();
        await Promise.all([started, startedToo]);
      });
    });
  },
);
