import { assertEquals } from "@std/assert";
import { joinSenders } from "../../../src/cluster/topology/join_senders.ts";
import type { SenderFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot, ServerTrouble } from "../../../src/domain/view.ts";
import { lost, neverReached, reached, receiver, recovery, sender, server } from "../fixtures.ts";

const TROUBLES: Readonly<Record<string, ServerTrouble>> = {
  starting: { kind: "starting", step: "authenticate", sqlstate: "57P03", message: "starting" },
  login: { kind: "auth", step: "authenticate", sqlstate: "28P01", message: "password" },
  full: { kind: "too_many_connections", step: "authenticate", sqlstate: "53300", message: "full" },
  frozen: { kind: "timeout", step: "authenticate", sqlstate: null, message: "no response" },
  deaf: { kind: "timeout", step: "connect", sqlstate: null, message: "no response" },
  unknownHost: { kind: "unreachable", step: "resolve", sqlstate: null, message: "no such host" },
  gone: { kind: "refused", step: "connect", sqlstate: null, message: "nothing listens" },
};

function at(snapshot: ServerSnapshot, host: string): ServerSnapshot {
  return { ...snapshot, address: { host, hostAddress: "", port: 5432 } };
}

/** A server that was never reached, for a reason. */
function silent(name: string, trouble: keyof typeof TROUBLES, host = `${name}.example.com`): ServerSnapshot {
  return at({ ...neverReached(name), trouble: TROUBLES[trouble] ?? null }, host);
}

function primary(senders: readonly SenderFact[], clusterName = ""): ServerSnapshot {
  return at(
    reached("prod1", { readAt: 0, facts: { server: [server({ clusterName })], senders } }),
    "10.0.0.1",
  );
}

function standby(name: string, facts: ServerSnapshot["facts"]): ServerSnapshot {
  return reached(name, { readAt: 0, facts: { server: [server({ inRecovery: true })], ...facts } });
}

const row = (fact: Partial<SenderFact> = {}) =>
  sender({ applicationName: "walreceiver", clientAddress: "10.0.0.2", slot: "", ...fact });
const two = [row(), row({ pid: 2 })];

const cases: readonly {
  readonly title: string;
  readonly group: readonly ServerSnapshot[];
  readonly joined?: Readonly<Record<string, string>>;
  readonly unassigned?: number;
  readonly others?: number;
}[] = [
  ...["starting", "login", "full", "frozen"].map((trouble) => ({
    title: `the only row is that of a server that responds with: ${trouble}`,
    group: [primary([row()]), silent("prod2", trouble)],
    joined: { prod2: "only_candidate" },
  })),
  ...["deaf", "unknownHost"].map((trouble) => ({
    title: `${trouble}: the row may be that of another standby`,
    group: [primary([row()]), silent("prod2", trouble)],
    others: 1,
  })),
  {
    title: "deaf: the row comes from its address",
    group: [primary([row()]), silent("prod2", "deaf", "10.0.0.2")],
    joined: { prod2: "address" },
  },
  {
    title: "nothing listens at its address",
    group: [primary([row()]), silent("prod2", "gone", "10.0.0.2")],
    others: 1,
  },
  {
    title: "it comes from another address",
    group: [primary([row()]), silent("prod2", "starting", "10.0.0.3")],
    others: 1,
  },
  {
    title: "it has another name",
    group: [primary([row({ applicationName: "reports" })]), silent("prod2", "starting")],
    others: 1,
  },
  {
    title: "it has another name, at the same address",
    group: [primary([row({ applicationName: "reports" })]), silent("prod2", "starting", "10.0.0.2")],
    joined: { prod2: "address" },
  },
  {
    title: "its name is the cluster_name that every server has",
    group: [primary([row({ applicationName: "15/main" })], "15/main"), silent("prod2", "starting")],
    joined: { prod2: "only_candidate" },
  },
  {
    title: "it has the slot of another server",
    group: [
      primary([row({ slot: "prod3" })]),
      silent("prod2", "starting"),
      standby("prod3", { recovery: [recovery({ primarySlotName: "prod3" })], receiver: [] }),
    ],
    joined: { prod3: "slot" },
  },
  {
    title: "a slot that nobody is known to use",
    group: [primary([row({ slot: "slot_b" })]), silent("prod2", "starting")],
    joined: { prod2: "only_candidate" },
  },
  {
    title: "the slot that it used when it was last read",
    group: [
      primary([row({ slot: "slot_b" })]),
      {
        ...silent("prod2", "starting"),
        facts: standby("prod2", { receiver: [receiver({ slot: "slot_a" })] }).facts,
      },
    ],
    others: 1,
  },
  {
    title: "two servers and two rows: theirs, in either order",
    group: [primary(two), silent("prod2", "starting"), silent("prod3", "login")],
    unassigned: 2,
  },
  {
    title: "two servers and one row: of one of them",
    group: [primary([row()]), silent("prod2", "starting"), silent("prod3", "login")],
    unassigned: 1,
  },
  {
    title: "two servers and two rows, told apart by the address",
    group: [
      primary([row(), row({ pid: 2, clientAddress: "10.0.0.3" })]),
      silent("prod2", "starting", "10.0.0.2"),
      silent("prod3", "deaf", "10.0.0.3"),
    ],
    joined: { prod2: "address", prod3: "address" },
  },
  {
    title: "two servers and two rows, of which one address is known",
    group: [
      primary([row(), row({ pid: 2, clientAddress: "10.0.0.3" })]),
      silent("prod2", "starting", "10.0.0.2"),
      silent("prod3", "starting"),
    ],
    joined: { prod2: "address", prod3: "only_candidate" },
  },
  {
    title: "one server and two rows: not known which",
    group: [primary(two), silent("prod2", "starting")],
    others: 2,
  },
  {
    title: "a standby that does not show its receiver may have it as well",
    group: [primary([row()]), silent("prod2", "starting"), standby("prod3", {})],
    others: 1,
  },
  {
    title: "a standby that streams has it",
    group: [
      primary([row()]),
      silent("prod2", "starting"),
      standby("prod3", { receiver: [receiver({ slot: "" })] }),
    ],
  },
  {
    title: "a primary on the same timeline follows nobody",
    group: [primary([row()]), { ...lost(primary([])), server: "old", trouble: TROUBLES["starting"] ?? null }],
    others: 1,
  },
  {
    title: "over a Unix socket on the host of its upstream",
    group: [primary([row({ clientAddress: "" })]), silent("prod2", "deaf", "10.0.0.1")],
    joined: { prod2: "address" },
  },
];

for (const { title, group, joined = {}, unassigned = 0, others = 0 } of cases) {
  Deno.test(`joinSilentStandbys(): ${title}`, () => {
    const join = joinSenders(group);
    assertEquals(Object.fromEntries([...join.joined].map(([name, { by }]) => [name, by])), joined);
    assertEquals([join.unassigned.length, join.others.length], [unassigned, others]);
  });
}
