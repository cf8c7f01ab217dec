import { assertEquals } from "@std/assert";
import { RateLimiter } from "../../../src/web/security/rate_limiter.ts";
import { FakeClock } from "../../fixtures/fake_clock.ts";

Deno.test("RateLimiter allows a burst, then one request per interval", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter({ clock });
  const limit = { burst: 3, intervalSeconds: 2 };
  const tries = (count: number) =>
    Array.from({ length: count }, () => limiter.allows(limit)).filter((each) => each);
  assertEquals(tries(5).length, 3);
  await clock.advance(2);
  assertEquals(tries(5).length, 1);
  await clock.advance(1);
  assertEquals(tries(1).length, 0);
  await clock.advance(1);
  assertEquals(tries(5).length, 1);
  await clock.advance(1000);
  assertEquals(tries(5).length, 3);
});

Deno.test("RateLimiter applies a new limit at once, or none", () => {
  const limiter = new RateLimiter({ clock: new FakeClock() });
  const limit = { burst: 1, intervalSeconds: 1 };
  assertEquals([limiter.allows(limit), limiter.allows({ ...limit }), limiter.allows(null)], [
    true,
    false,
    true,
  ]);
  assertEquals(limiter.allows({ burst: 2, intervalSeconds: 1 }), true);
});
