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
    consumers: [],
    sync: deriveSync(context, followers),
  });
  return { titles: found.map(({ title }) => title), found };
}

Deno.test("the steps after the promotion: other standbys, old primary, unused slots, final check", () => {
  const { titles, found } = steps({});
  assertEquals(titles.map((title) => title.split(" ").slice(0, 2).join(" ")), [
    'Make "standby2"',
    'Bring "primary"',
    'Once "primary"',
    "Check everything",
  ]);
  assertStringIncludes(found[0]?.expect ?? "", 'on "standby": SELECT application_name');
});

Deno.test("a standby that is ahead is rewound in a failover, and repointed in a switchover", () => {
  const ahead = {
    standby: { server: behind(4096), receiver: [] },
    standby2: ORPHANS.standby2,
    primary: { senders: [] },
  } as const satisfies Trio;
  assertEquals(steps(ahead).titles[0], 'Make "standby2" follow "standby"');
  assertStringIncludes(
    steps({ ...ahead, snapshots: { primary: GONE } }).titles[0] ?? "",
    'Rewind "standby2"',
  );
});
