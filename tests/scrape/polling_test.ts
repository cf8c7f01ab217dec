import { assertEquals } from "@std/assert";
import type { PolledWatch } from "../../src/scrape/poll_server.ts";
import { Polling } from "../../src/scrape/polling.ts";
import type { PolledPosition } from "../../src/scrape/position_sample.ts";
import { reached, server } from "../cluster/fixtures.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";

const SAMPLE: Omit<PolledPosition, "inRecovery" | "at"> = {
  position: 900n,
  replayed: null,
  confirmed: new Map(),
  reported: new Map([[7, { flushed: 900n, replayed: 900n }]]),
  linksChanged: false,
};

/** A primary and its standby, which is asked itself only where its reports are not enough. */
class Pair {
  readonly clock = new FakeClock({ monotonic: 0 });
  isCurrent = true;
  readonly asked: string[] = [];
  readonly #answers: (() => void)[] = [];
  readonly polling: Polling;

  constructor() {
    this.polling = new Polling({
      clock: this.clock,
      tracker: {
        sample: () => {},
        sampleStandby: () => {},
        fedBy: (primary) => new Map(primary === "primary" ? [[7, "standby"]] : []),
        sampleReport: () => this.isCurrent,
      },
      turns: { ask: (answer) => answer },
      intervalSeconds: () => 15,
      turnSeconds: () => 1,
      watchOf: (name) => name === "standby" ? this.#watch(name) : undefined,
    });
  }

  turn(name: string): Promise<void> {
    return this.polling.turn(this.#watch(name));
  }

  /** Lets standbys that were asked respond. */
  answer(): void {
    for (const each of this.#answers.splice(0)) each();
  }

  #watch(name: string): PolledWatch {
    const inRecovery = name === "standby";
    const facts = { server: [server({ inRecovery })] };
    return {
      snapshot: { ...reached(name, { readAt: 0, facts }), heardAt: 0 },
      collectedAt: 0,
      connected: true,
      mayTry: true,
      collect: () => Promise.reject(new Error("Nothing is due")),
      samplePosition: async () => {
        this.asked.push(name);
        if (inRecovery) await new Promise<void>((resolve) => this.#answers.push(resolve));
        return { ...SAMPLE, inRecovery, at: this.clock.monotonic() };
      },
    };
  }
}

Deno.test("Polling asks a standby itself once its report is not enough, and its primary's turn does not wait", async () => {
  const pair = new Pair();
  await pair.turn("primary");
  await pair.turn("standby");
  assertEquals(pair.asked, ["primary"]);
  pair.isCurrent = false;
  await pair.turn("primary");
  assertEquals(pair.asked, ["primary", "primary", "standby"]);
  const next = pair.turn("standby");
  pair.answer();
  await next;
  assertEquals(pair.asked, ["primary", "primary", "standby", "standby"], "at its own turns again");
});

Deno.test("Polling knows nothing more of a server that was forgotten", async () => {
  const pair = new Pair();
  await pair.turn("primary");
  pair.polling.forget("standby");
  const next = pair.turn("standby");
  pair.answer();
  await next;
  assertEquals(pair.asked, ["primary", "standby"]);
});
