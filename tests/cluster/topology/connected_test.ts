import { assertEquals } from "@std/assert";
import { countConnected, deriveConnected, isFed } from "../../../src/cluster/topology/connected.ts";
import { joinSenders } from "../../../src/cluster/topology/join_senders.ts";
import type { SenderFact } from "../../../src/domain/facts.ts";
import type { ServerSnapshot } from "../../../src/domain/view.ts";
import { lost, reached, receiver, sender, server } from "../fixtures.ts";

function primaryWith(senders: readonly SenderFact[] | undefined) {
  const facts = { server: [server()] };
  return reached("primary", { readAt: 0, facts: senders === undefined ? facts : { ...facts, senders } });
}

/** A standby whose receiver has this status; `undefined`: not known, `"none"`: no receiver runs. */
function standbyWith(status: string | null | undefined, name = "standby"): ServerSnapshot {
  const facts = { server: [server({ inRecovery: true })] };
  if (status === undefined) return reached(name, { readAt: 0, facts });
  return reached(name, {
    readAt: 0,
    facts: { ...facts, receiver: status === "none" ? [] : [receiver({ status })] },
  });
}

const own = sender({ applicationName: "standby" });
const nameless = sender({ applicationName: "walreceiver" });

const connections: readonly (readonly [string, ServerSnapshot, ServerSnapshot, boolean | null])[] = [
  ["its receiver streams", primaryWith([]), standbyWith("streaming"), true],
  [
    "its receiver streams, and its sender starts up again between two timelines",
    primaryWith([{ ...own, state: "startup" }]),
    standbyWith("streaming"),
    true,
  ],
  [
    "its receiver wants more of a timeline that its upstream has left",
    reached("primary", {
      readAt: 0,
      facts: { server: [server({ timeline: 2 })], senders: [{ ...own, state: "startup" }] },
    }),
    standbyWith("streaming"),
    false,
  ],
  [
    "its upstream sends the rest of a timeline that it has left",
    reached("primary", {
      readAt: 0,
      facts: { server: [server({ timeline: 2 })], senders: [{ ...own, state: "catchup" }] },
    }),
    standbyWith("streaming"),
    true,
  ],
  [
    "its receiver has received nothing yet, and its sender streams",
    primaryWith([{ ...own, state: "catchup" }]),
    standbyWith("connecting"),
    true,
  ],
  [
    "its receiver has received nothing yet, and has no sender",
    primaryWith([]),
    standbyWith("connecting"),
    false,
  ],
  [
    "its receiver has received nothing yet, and its sender starts up",
    primaryWith([{ ...own, state: "startup" }]),
    standbyWith("connecting"),
    false,
  ],
  ["its receiver waits, whatever the row says", primaryWith([own]), standbyWith("waiting"), false],
  ["it has no receiver, whatever the row says", primaryWith([own]), standbyWith("none"), false],
  ["its receiver's status is hidden, its row streams", primaryWith([own]), standbyWith(null), true],
  ["its receiver is not known, no row", primaryWith([]), standbyWith(undefined), false],
  ["unreachable, its row streams", primaryWith([own]), lost(standbyWith("none")), true],
  [
    "unreachable, its row catches up",
    primaryWith([{ ...own, state: "catchup" }]),
    lost(standbyWith("none")),
    true,
  ],
  [
    "unreachable, its row starts",
    primaryWith([{ ...own, state: "startup" }]),
    lost(standbyWith("streaming")),
    false,
  ],
  [
    "unreachable, its row's state is hidden",
    primaryWith([{ ...own, state: null }]),
    lost(standbyWith("streaming")),
    null,
  ],
  ["unreachable, no row", primaryWith([]), lost(standbyWith("streaming")), false],
  ["unreachable, a nameless row", primaryWith([nameless]), lost(standbyWith("streaming")), null],
  ["unreachable, rows not known", primaryWith(undefined), lost(standbyWith("streaming")), null],
  ["both unreachable", lost(primaryWith([])), lost(standbyWith("streaming")), null],
];

for (const [title, primary, standby, expected] of connections) {
  Deno.test(`deriveConnected() is ${expected}: ${title}`, () => {
    const group = [primary, standby];
    assertEquals(deriveConnected(standby, group, joinSenders(group)), expected);
  });
}

const counts:
  readonly (readonly [string, readonly ServerSnapshot[], readonly (boolean | null)[], number | null])[] = [
    [
      "configured and others",
      [primaryWith([own, nameless]), standbyWith("streaming")],
      [true, true],
      2,
    ],
    [
      "the same standby seen from both ends",
      [primaryWith([nameless]), standbyWith("streaming")],
      [null, true],
      1,
    ],
    ["another that only starts", [primaryWith([{ ...nameless, state: "startup" }])], [], 0],
    ["nobody told", [primaryWith(undefined)], [], null],
    [
      "only the standby told",
      [primaryWith(undefined), standbyWith("none")],
      [null, false],
      0,
    ],
  ];

for (const [title, group, connected, expected] of counts) {
  Deno.test(`countConnected() is ${expected}: ${title}`, () => {
    assertEquals(countConnected({ servers: group, senders: joinSenders(group) }, connected), expected);
  });
}

Deno.test("isFed() in the states in which WAL flows", () => {
  const states = ["streaming", "catchup", "startup", "backup", "stopping", null];
  assertEquals(states.map(isFed), [true, true, false, false, false, false]);
});
