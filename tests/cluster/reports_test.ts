import { assertAlmostEquals, assertEquals } from "@std/assert";
import { row, type SimServer, World } from "./world.ts";

/** A primary that writes 1,000 bytes a second, and a standby that keeps up and is never asked itself between collections. */
class Reporting {
  readonly world = new World();
  readonly primary: SimServer = this.world.add("primary", { position: 5000n });
  readonly standby: SimServer = this.world.add("standby");

  constructor() {
    this.primary.senders = [row(this.standby, { pid: 7 })];
    this.standby.position = this.standby.replayed = 5000n;
    this.world.collect();
    this.#note();
  }

  /** Whether the standby counts as current once it has reported this. */
  report({ flushed, replayed }: { readonly flushed: bigint; readonly replayed: bigint }): boolean {
    return this.world.tracker.sampleReport("standby", {
      primary: "primary",
      flushed,
      replayed,
      at: this.world.now,
    });
  }

  /** A second in which the primary writes; without a collection. */
  pass(bytes: bigint): void {
    this.world.pass(1, () => this.primary.position += bytes);
    this.#note();
  }

  #note(): void {
    this.world.tracker.sampleLags(this.world.snapshots, () => {});
  }
}

Deno.test("what a standby reports counts as its sample while it keeps up", () => {
  const scene = new Reporting();
  assertEquals([...scene.world.tracker.fedBy("primary")], [[7, "standby"]]);
  assertEquals([...scene.world.tracker.fedBy("standby")], []);
  scene.pass(1000n);
  assertEquals(scene.report({ flushed: 6000n, replayed: 5950n }), true, "50 ms behind");
  assertEquals(scene.world.tracker.servers.of("standby").applied, {
    position: 5950n,
    at: scene.world.now,
    timeline: 1,
  });
  const [seconds, bytes, source] = scene.world.lag("standby");
  assertAlmostEquals(seconds ?? NaN, 0.05, 0.001);
  assertEquals([bytes, source], [50, "clock"]);
});

Deno.test("a standby that may be behind what it has reported is asked, and its report is not recorded", () => {
  const scene = new Reporting();
  scene.pass(1000n);
  const { applied, recoveryEnd } = scene.world.tracker.servers.of("standby");
  assertEquals(scene.report({ flushed: 6000n, replayed: 5800n }), false, "200 ms behind");
  const after = scene.world.tracker.servers.of("standby");
  assertEquals([after.applied, after.recoveryEnd], [applied, recoveryEnd]);
});

Deno.test("a standby that had replayed all is current while its primary writes nothing, whatever it reported last", () => {
  const scene = new Reporting();
  scene.pass(0n);
  assertEquals(scene.report({ flushed: 5000n, replayed: 4000n }), true);
  assertEquals(scene.world.lag("standby"), [0, 0, "clock"]);
  scene.pass(1n);
  assertEquals(scene.report({ flushed: 5000n, replayed: 4000n }), false, "then it writes");
});

Deno.test("nothing is recorded of what a server reports that was never read as a standby", () => {
  const scene = new Reporting();
  const report = { primary: "primary", flushed: 5000n, replayed: 5000n, at: scene.world.now + 1 };
  assertEquals(scene.world.tracker.sampleReport("other", report), false);
  assertEquals(scene.world.tracker.servers.of("other").recoveryEnd, null);
});
