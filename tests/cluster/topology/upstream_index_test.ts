import { assertEquals } from "@std/assert";
import { UpstreamIndex } from "../../../src/cluster/topology/upstream_index.ts";
import type { Facts, ReceiverFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { reached, receiver, server } from "../fixtures.ts";

function standby(facts: Facts, host = "10.0.0.2"): ServerSnapshot {
  const snapshot = reached("standby", {
    readAt: 0,
    facts: { server: [server({ inRecovery: true })], ...facts },
  });
  return { ...snapshot, address: { host, hostAddress: "", port: 5432 } };
}

function upstreamAt(host: string, { port = 5432, hostAddress = "" } = {}): ServerSnapshot {
  const snapshot = reached(`${host}:${port}`, { readAt: 0, facts: { server: [server()] } });
  return { ...snapshot, address: { host, hostAddress, port } };
}

const named: readonly (readonly [string, Partial<ReceiverFact>, readonly ServerSnapshot[], string | null])[] =
  [
    ["by host", { senderHost: "DB1" }, [upstreamAt("db1"), upstreamAt("db2")], "db1:5432"],
    [
      "by host address",
      { senderHost: "10.0.0.1" },
      [upstreamAt("db1", { hostAddress: "10.0.0.1" })],
      "db1:5432",
    ],
    ["never by another port", { senderHost: "db1" }, [upstreamAt("db1", { port: 6432 })], null],
    [
      "never one of two",
      { senderHost: "db1" },
      [upstreamAt("db1"), upstreamAt("x", { hostAddress: "db1" })],
      null,
    ],
    ["never by the loopback of another host", { senderHost: "127.0.0.1" }, [upstreamAt("127.0.0.1")], null],
    ["by loopback on one host", { senderHost: "127.0.0.1" }, [upstreamAt("10.0.0.2")], "10.0.0.2:5432"],
    ["never while it does not stream", { senderHost: "db1", status: "waiting" }, [upstreamAt("db1")], null],
    ["never without a port", { senderHost: "db1", senderPort: null }, [upstreamAt("db1")], null],
  ];

for (const [title, fact, upstreams, expected] of named) {
  Deno.test(`UpstreamIndex.upstreamOf() names a server ${title}`, () => {
    const own = standby({ receiver: [receiver(fact)] });
    assertEquals(new UpstreamIndex([own, ...upstreams]).upstreamOf(own)?.server ?? null, expected);
  });
}

Deno.test("UpstreamIndex finds servers by name, slot and host", () => {
  const own = standby({ receiver: [receiver({ slot: "s1", senderHost: "db1" })] });
  const upstream = upstreamAt("db1");
  const index = new UpstreamIndex([own, upstream]);
  const names = (servers: readonly ServerSnapshot[]) => servers.map((each) => each.server);
  assertEquals([index.named("standby")?.server, index.named("none"), index.named(null)], [
    "standby",
    null,
    null,
  ]);
  assertEquals([names(index.usingSlot("s1")), names(index.usingSlot("none"))], [["standby"], []]);
  assertEquals([names(index.withName("standby")), names(index.onHost("DB1"))], [["standby"], ["db1:5432"]]);
  assertEquals([names(index.streamingFrom(upstream)), names(index.streamingFrom(own))], [["standby"], []]);
});
