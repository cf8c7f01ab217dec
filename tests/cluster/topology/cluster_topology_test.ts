import { assertEquals } from "@std/assert";
import { isStandby } from "../../../src/cluster/topology/cluster_topology.ts";
import { joinSenders } from "../../../src/cluster/topology/join_senders.ts";
import { livePrimaries } from "../../../src/cluster/topology/primary.ts";
import { lost, neverReached, reached, sender, server } from "../fixtures.ts";

const primaryOn = (timeline: number, name = "primary") =>
  reached(name, { readAt: 0, facts: { server: [server({ timeline, writePosition: 500n })], senders: [] } });
const standby = reached("standby", { readAt: 0, facts: { server: [server({ inRecovery: true })] } });
const never = neverReached("never");
const feeding = (applicationName: string) =>
  reached("standby", {
    readAt: 0,
    facts: { server: [server({ inRecovery: true })], senders: [sender({ applicationName })] },
  });

const standbys = [
  ["a server in recovery", standby, [standby], true],
  ["one that was, when it was last reached", lost(standby), [primaryOn(1)], true],
  ["a primary", primaryOn(1), [primaryOn(2, "new")], false],
  ["a primary that is gone", lost(primaryOn(1)), [standby], false],
  ["a primary that is gone and was replaced", lost(primaryOn(1)), [primaryOn(2, "new")], true],
  ["a primary that is gone, with another on its timeline", lost(primaryOn(1)), [primaryOn(1, "new")], false],
  ["one never reached, with a primary elsewhere", never, [primaryOn(1)], true],
  ["one never reached, with none", never, [standby], false],
  ["one never reached, with none, which another one feeds", never, [feeding("never")], true],
] as const;

for (const [title, each, others, expected] of standbys) {
  Deno.test(`isStandby() is ${expected}: ${title}`, () => {
    const servers = [...others, each];
    const [senders, primaries] = [joinSenders(servers), livePrimaries(servers)];
    assertEquals(isStandby(each, { servers, senders, primaries }), expected);
  });
}
