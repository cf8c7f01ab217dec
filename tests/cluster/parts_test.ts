import { assertEquals } from "@std/assert";
import { ClusterTracker } from "../../src/cluster/tracker.ts";
import { DEFAULT_HEALTH_THRESHOLDS } from "../../src/domain/thresholds.ts";
import type { ServerSnapshot } from "../../src/domain/view.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { reached, server } from "./fixtures.ts";

/** Two clusters that have nothing to do with one another, and nobody who reads all of them: as probes of a fleet do. */
class Fleet {
  readonly tracker: ClusterTracker;
  readonly #clock = new FakeClock();
  readonly #snapshots = new Map<string, ServerSnapshot>();
  #all = 0;

  constructor() {
    const [clock, health] = [this.#clock, DEFAULT_HEALTH_THRESHOLDS];
    this.tracker = new ClusterTracker({ clock, expectedStandbys: 0, health, servers: ["a", "b"] });
    this.read("a", 0);
    this.read("b", 0);
  }

  /** How often everything was derived together. */
  get all(): number {
    return this.#all;
  }

  get #known(): readonly ServerSnapshot[] {
    return [...this.#snapshots.values()];
  }

  /** Collects the primary of a cluster, whose clock is off by so many seconds. */
  read(name: string, clockOffsetSeconds: number): void {
    const systemIdentifier = name === "a" ? "1" : "2";
    const facts = { server: [server({ systemIdentifier, writePosition: 1000n })] };
    const read = { ...reached(name, { readAt: this.#clock.monotonic(), facts }), cluster: name };
    this.#snapshots.set(name, { ...read, clockOffsetSeconds });
    this.tracker.observe([{ ...read, clockOffsetSeconds }]);
  }

  forget(name: string): void {
    this.#snapshots.delete(name);
    this.tracker.forget(name);
  }

  /** Lets seconds pass, each with a sample. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.#clock.advance(1);
      this.tracker.sampleLags(this.#known, (cluster) => {
        if (cluster === null) {
          this.#all++;
          this.tracker.derive(this.#known);
        } else this.#part(cluster);
      });
    }
  }

  /** A probe: for how long the clock of a server is known to be off; null when it is not. */
  offFor(name: string): number | null {
    const found = this.#part(name).findings.find(({ check, server }) =>
      check === "clock_off" && server === name
    );
    return found === undefined ? null : this.#clock.monotonic() - found.since;
  }

  #part(cluster: string) {
    const names = this.tracker.relatedTo(cluster);
    const part = this.#known.filter((each) => names?.has(each.cluster));
    return this.tracker.derivePart(part, this.#clock.monotonic());
  }
}

Deno.test("what compares all servers begins and ends for a fleet that is only read in parts", async () => {
  const fleet = new Fleet();
  await fleet.pass(60);
  assertEquals([fleet.all, fleet.offFor("a"), fleet.offFor("b")], [2, null, null]);
  fleet.read("a", 60);
  await fleet.pass(30);
  assertEquals([fleet.offFor("a") !== null, fleet.offFor("b")], [true, null]);
  fleet.read("a", 0);
  await fleet.pass(30);
  assertEquals(fleet.offFor("a"), null);
});

Deno.test("a server that was not watched for a while has no findings from before", async () => {
  const fleet = new Fleet();
  fleet.read("a", 60);
  await fleet.pass(100);
  assertEquals(fleet.offFor("a"), 99);
  fleet.forget("a");
  await fleet.pass(40);
  fleet.read("a", 60);
  await fleet.pass(30);
  assertEquals((fleet.offFor("a") ?? Infinity) < 30, true);
});
