import { assertEquals, assertMatch } from "@std/assert";
import { deriveSilence } from "../../../src/cluster/diagnosis/silence.ts";
import { receiver, settings } from "../fixtures.ts";
import { cascading, notReached, primary, row, situation, standby } from "./situations.ts";

function own(lastMessageAgeSeconds: number | null, walReceiverTimeoutSeconds: number | null = 60) {
  const receivers = [receiver({ lastMessageAgeSeconds })];
  return standby({ receiver: receivers, settings: [settings({ walReceiverTimeoutSeconds })] });
}

type Case = readonly [what: string, known: Parameters<typeof situation>[0], shown: RegExp | null];

const CASES: readonly Case[] = [
  ["a busy link", { own: own(0.1), receivedLagSeconds: 0.2 }, null],
  ["an idle link, just before it asks for a sign of life", { own: own(30) }, null],
  ["an idle link whose answer is a little late", { own: own(39) }, null],
  [
    "an idle link that got no answer",
    { own: own(41) },
    /came 41\.0 s ago, although it asks for one after 30\.0 s/,
  ],
  ["an idle link that need not ask", { own: own(4000, null) }, null],
  [
    "an idle link, settings not known",
    { own: { ...own(4000), facts: { ...own(4000).facts, settings: [] } } },
    null,
  ],
  ["a write after a rest, on its way", { own: own(29), receivedLagSeconds: 0.4 }, null],
  [
    "a write after a rest that does not come",
    { own: own(29), receivedLagSeconds: 11 },
    /WAL to send for 11\.0 s/,
  ],
  ["WAL that does not come, but messages do", { own: own(2), receivedLagSeconds: 60 }, null],
  [
    "a cascading standby whose upstream lacks it too",
    { own: own(29), receivedLagSeconds: 60, upstream: cascading(), observations: { waitingSeconds: 0 } },
    null,
  ],
  [
    "a cascading standby whose upstream has it",
    { own: own(29), receivedLagSeconds: 60, upstream: cascading(), observations: { waitingSeconds: 15 } },
    /WAL to send for 15\.0 s/,
  ],
  ["age not known", { own: own(null), receivedLagSeconds: 60 }, null],
  ["no receiver", { own: standby({ receiver: [] }), receivedLagSeconds: 60 }, null],
  [
    "its row is silent, but its receiver hears",
    { own: own(1), observations: { replySilenceSeconds: 90 } },
    null,
  ],
  ["not reached, its row alive", { own: notReached(), observations: { replySilenceSeconds: 10 } }, null],
  [
    "not reached, its row silent with WAL to confirm",
    { own: notReached(), observations: { replySilenceSeconds: 11, waitingSeconds: 11 } },
    /primary reports streaming, but has heard nothing from it for 11\.0 s, and there has been WAL to confirm/,
  ],
  [
    "not reached, its row silent at rest",
    { own: notReached(), observations: { replySilenceSeconds: 21 } },
    /a status is due every 10\.0 s/,
  ],
  [
    "unknown to us, may have its status switched off",
    { own: null, observations: { replySilenceSeconds: 39 } },
    null,
  ],
  [
    "unknown to us, silent after it was asked",
    { own: null, observations: { replySilenceSeconds: 41 } },
    /a status is due every 30\.0 s/,
  ],
  [
    "unknown to us, and nobody asks",
    {
      own: null,
      upstream: primary({ settings: [settings({ walSenderTimeoutSeconds: null })] }),
      observations: { replySilenceSeconds: 4000, waitingSeconds: 4000 },
    },
    null,
  ],
  ["unknown to us, not streaming", {
    own: null,
    sender: row({ state: "startup" }),
    observations: { replySilenceSeconds: 90 },
  }, null],
];

for (const [what, known, shown] of CASES) {
  Deno.test(`deriveSilence() of ${what}`, () => {
    const silence = deriveSilence(situation(known));
    if (shown === null) assertEquals(silence, null);
    else assertMatch(silence ?? "", shown);
  });
}
