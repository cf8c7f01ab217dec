import { assertEquals, assertRejects } from "@std/assert";
import { origins } from "../../src/collectors/origins.ts";
import { server } from "../cluster/fixtures.ts";
import { factsOf, linesOf } from "./collecting.ts";

const ROW = { subscription: "16403", remote_lsn: "0/5000000" };

Deno.test("origins reads how far each subscription has applied, and publishes nothing itself", async () => {
  const facts = await factsOf(origins, [ROW]);
  assertEquals(facts, [{ subscription: "16403", remotePosition: 0x5000000n }]);
  assertEquals(linesOf(origins, facts), []);
  assertEquals(await factsOf(origins, []), []);
});

Deno.test("origins: nothing may be applied yet, but an origin has a name", async () => {
  assertEquals(await factsOf(origins, [{ ...ROW, remote_lsn: null }]), [
    { subscription: "16403", remotePosition: null },
  ]);
  await assertRejects(() => factsOf(origins, [{ ...ROW, subscription: null }]), TypeError, '"subscription"');
});

Deno.test("origins sends no statement before 14, without subscriptions, or without the right", async () => {
  assertEquals(await factsOf(origins, [ROW], { versionNum: 139999 }), []);
  assertEquals((await factsOf(origins, [ROW], { versionNum: 140000 })).length, 1);
  const applies = (hasSubscriptions: boolean | null | undefined, canReadOrigins: boolean | undefined) =>
    origins.applies?.(server({
      ...hasSubscriptions === undefined ? {} : { hasSubscriptions },
      ...canReadOrigins === undefined ? {} : { canReadOrigins },
    }));
  assertEquals(applies(true, true), true);
  for (
    const [has, may] of [[false, true], [null, true], [undefined, true], [true, false], [
      true,
      undefined,
    ]] as const
  ) {
    assertEquals(applies(has, may), false);
  }
});
