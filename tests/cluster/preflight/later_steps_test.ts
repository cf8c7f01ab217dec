import { assertEquals, assertStringIncludes } from "@std/assert";
import { deriveFollowers } from "../../../src/cluster/preflight/followers.ts";
import { deriveLaterSteps } from "../../../src/cluster/preflight/later_steps.ts";
import { deriveLoss } from "../../../src/cluster/preflight/loss.ts";
import { deriveSlots } from "../../../src/cluster/preflight/slots.ts";
import { deriveSync } from "../../../src/cluster/preflight/sync.ts";
import { behind, contextAround, GONE, ORPHANS, type Trio, trio } from "./scenes.ts";

function steps(changes: Trio) {
  const context = contextAround(trio(changes));
  const followers = deriveFollowers(context);
  const slots = deriveSlots(context, followers);
  const found = deriveLaterSteps({
    context,
    loss: deriveLoss(context),
    followers,
    slots,
    sync: deriveSync(context, followers),
  });
  return { titles: found.map(({ title }) => title), found };
}

Deno.test("after the promotion: the others, the old primary, slots nobody uses, a last look", () => {
  const { titles, found } = steps({});
  assertEquals(titles.map((title) => title.split(" ").slice(0, 2).join(" ")), [
    'Let "standby2"',
    'Bring "primary"',
    'Once "primary"',
    "Look at",
  ]);
  assertStringIncludes(found[0]?.expect ?? "", 'On "standby": SELECT application_name');
});

Deno.test("who is ahead is rewound after a failure, and repointed when both will have streamed to the end", () => {
  const ahead = {
    standby: { server: behind(4096), receiver: [] },
    standby2: ORPHANS.standby2,
    primary: { senders: [] },
  } as const satisfies Trio;
  assertEquals(steps(ahead).titles[0], 'Let "standby2" follow "standby"');
  assertStringIncludes(
    steps({ ...ahead, snapshots: { primary: GONE } }).titles[0] ?? "",
    'Rewind "standby2"',
  );
});
