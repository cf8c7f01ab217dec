import { assertEquals } from "@std/assert";
import { processesIn } from "../../compose/lab/processes.ts";
import { PatroniCluster, patroniMissing } from "./patroni_cluster.ts";

const missing = patroniMissing();

Deno.test({
  name: `PatroniCluster.start() builds three nodes, switches over, and leaves nothing behind${missing}`,
  ignore: missing !== "",
  async fn() {
    let directory = "";
    {
      await using cluster = await PatroniCluster.start();
      directory = cluster.directory;
      const { code, output } = await cluster.ctl("switchover", cluster.scope, "--candidate", "n2", "--force");
      assertEquals(code, 0, output);
      assertEquals((await cluster.untilStreaming()).name, "n2");
      assertEquals((await cluster.leader())?.name, "n2");
    }
    assertEquals(await processesIn(directory), []);
    assertEquals(await Deno.stat(directory).catch(() => null), null);
  },
});
