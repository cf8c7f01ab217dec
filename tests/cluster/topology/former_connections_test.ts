import { assertEquals } from "@std/assert";
import { standbyRows } from "../../../src/cluster/topology/former_connections.ts";
import type { SenderFact } from "../../../src/domain/facts.ts";
import { lost, reached, sender, server } from "../fixtures.ts";
import { row, World } from "../world.ts";

const NOW = 1_700_000_000;

/** A connection of this age whose latest report is this old by the upstream's clock; its pid names it. */
function connection(
  pid: number,
  { age, reply, ...fact }: Partial<SenderFact> & { readonly age: number; readonly reply: number | null },
): SenderFact {
  return sender({
    pid,
    replayPosition: 1n,
    backendStartUnixSeconds: NOW - age,
    replyAgeSeconds: reply,
    ...fact,
  });
}

function pidsOf(...senders: readonly SenderFact[]): readonly number[] {
  const upstream = reached("primary", {
    readAt: 0,
    facts: { server: [server({ clockUnixSeconds: NOW })], senders },
  });
  return standbyRows(upstream).map(({ pid }) => pid);
}

Deno.test("standbyRows() leaves out a connection that has not reported since another of its name began", () => {
  const former = connection(1, { age: 900, reply: 31 });
  assertEquals(pidsOf(former, connection(2, { age: 30, reply: 1 })), [2]);
  assertEquals(pidsOf(connection(2, { age: 30, reply: 9 }), former), [2]);
  // A standby that was cut off twice.
  assertEquals(
    pidsOf(former, connection(2, { age: 200, reply: 26 }), connection(3, { age: 25, reply: 0 })),
    [3],
  );
});

Deno.test("standbyRows() lets a new connection wait until it is known whether the other one is the former one", () => {
  const former = connection(1, { age: 900, reply: 5 });
  for (const [age, reply] of [[4, 0], [4, 3], [12, 2], [19, 0]] as const) {
    assertEquals(
      pidsOf({ ...former, replyAgeSeconds: age + 1 }, connection(2, { age, reply })),
      [1],
      `${age}`,
    );
  }
});

Deno.test("standbyRows() knows it earlier when the new connection has received WAL that the other one lacks", () => {
  const further = connection(2, { age: 4, reply: 0.5, flushPosition: 0x6000000n });
  assertEquals(pidsOf(connection(1, { age: 900, reply: 5 }), further), [2]);
  assertEquals(pidsOf(connection(1, { age: 900, reply: 3 }), further), [1]);
  assertEquals(
    pidsOf(connection(1, { age: 900, reply: 3 }), { ...further, backendStartUnixSeconds: NOW - 2 }),
    [1],
  );
});

Deno.test("standbyRows() has both of two standbys with one name and address", () => {
  // Each reports at least every 10 s.
  for (const [first, second] of [[9.9, 0], [0, 9.9], [3, 3]] as const) {
    const both = [
      connection(1, { age: 900, reply: first }),
      connection(2, { age: 600, reply: second }),
    ];
    assertEquals(pidsOf(...both), [1, 2]);
  }
  // The older one has reported since.
  assertEquals(pidsOf(connection(1, { age: 900, reply: 1 }), connection(2, { age: 5, reply: 2 })), [1, 2]);
  // The older one is lost, and was not replaced.
  assertEquals(pidsOf(connection(1, { age: 900, reply: 50 }), connection(2, { age: 600, reply: 2 })), [1, 2]);
});

Deno.test("standbyRows() does not need the clocks to agree", () => {
  for (const offset of [-3600, 3600]) {
    const at = (reply: number) => reply + offset;
    const other = connection(2, { age: 30, reply: at(1) });
    assertEquals(pidsOf(connection(1, { age: 900, reply: at(31) }), other), [2]);
    assertEquals(pidsOf(connection(1, { age: 900, reply: at(8) }), other), [1, 2]);
  }
});

Deno.test("standbyRows() compares only connections with the same name, address and slot", () => {
  const former = connection(1, { age: 900, reply: 31 });
  for (const other of [{ applicationName: "other" }, { clientAddress: "10.0.0.9" }, { slot: "its_own" }]) {
    assertEquals(pidsOf(former, connection(2, { age: 30, reply: 1, ...other })), [1, 2]);
  }
  // The temporary slot of a receiver is of the connection.
  const [before, after] = ["pg_walreceiver_1", "pg_walreceiver_2"];
  assertEquals(pidsOf({ ...former, slot: before }, connection(2, { age: 30, reply: 1, slot: after })), [2]);
});

Deno.test("standbyRows() has only standbys, of a server that is up, and needs nothing that may be unknown", () => {
  const rows = [sender({ pid: 1, kind: "receivewal" }), sender({ pid: 2 })];
  assertEquals(pidsOf(...rows), [2]);
  const facts = { server: [server()], senders: rows };
  assertEquals(standbyRows(lost(reached("primary", { readAt: 0, facts }))), []);
  assertEquals(standbyRows(reached("primary", { readAt: 0, facts: { server: [server()] } })), []);
  const unknown = [
    connection(1, { age: 900, reply: null }),
    sender({ pid: 2, backendStartUnixSeconds: null }),
  ];
  assertEquals(pidsOf(...unknown), [1, 2]);
});

Deno.test("a standby that connected again over a half-open link stays one standby", () => {
  const world = new World();
  const primary = world.add("primary");
  const standby = world.add("standby");
  const elsewhere = { ...standby, name: "elsewhere" };
  /** Seconds of the world at which the connections began and last reported. */
  const connections = [{ pid: 1, since: 0, reported: 0 }];
  const collect = () => {
    primary.fact = { clockUnixSeconds: world.now };
    primary.senders = [standby, elsewhere].flatMap((each, index) =>
      connections.map(({ pid, since, reported }) =>
        row(each, {
          pid: pid * 10 + index,
          standby: pid === 1 ? each.name : `${each.name}#2`,
          backendStartUnixSeconds: since,
          replyAgeSeconds: world.now - reported,
        })
      )
    );
  };
  const seen: string[] = [];
  const pass = (seconds: number) =>
    world.pass(seconds, () => {
      for (const each of connections.slice(-1)) each.reported = world.now;
      collect();
      const { standbys, findings } = world.view();
      const names = standbys.map(({ name, connected }) =>
        `${name}${connected === true ? "" : " disconnected"}`
      );
      const subjects = findings.filter(({ check }) => check === "no_slot").map(({ subject }) => subject);
      for (const text of [...names, ...subjects.map((each) => `no_slot of ${each}`)]) {
        if (!seen.includes(text)) seen.push(text);
      }
    });
  collect();
  world.collect();
  pass(30);
  connections.push({ pid: 2, since: world.now, reported: world.now });
  pass(60);
  connections.shift();
  pass(30);
  assertEquals(seen, ["standby", "elsewhere"]);
  assertEquals(world.happened().filter((each) => /tached/.test(each)), []);
});
