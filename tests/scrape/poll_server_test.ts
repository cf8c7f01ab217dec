import { assertEquals } from "@std/assert";
import { type PolledWatch, pollServer } from "../../src/scrape/poll_server.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { reached, server, sync } from "../cluster/fixtures.ts";

const SAMPLE = {
  inRecovery: false,
  position: 900n,
  replayed: null,
  confirmed: new Map<string, bigint>(),
  reported: new Map(),
  linksChanged: false,
  at: 0,
};

/** The actions of one turn. */
async function turn(
  changes: Partial<PolledWatch> & { readonly heardAt?: number } = {},
  reports: { readonly at?: number; readonly doubtful?: readonly string[]; readonly clock?: FakeClock } = {},
): Promise<readonly string[]> {
  const done: string[] = [];
  const { heardAt = 0, ...given } = changes;
  const snapshot = {
    ...reached("a", { readAt: 0, facts: { server: [server({ inRecovery: false })] } }),
    heardAt,
  };
  await pollServer({
    snapshot,
    collectedAt: 0,
    connected: true,
    mayTry: true,
    collect: () => Promise.resolve(void done.push("collect")),
    samplePosition: () => Promise.resolve(SAMPLE),
    ...given,
  }, {
    clock: reports.clock ?? new FakeClock({ monotonic: 0 }),
    intervalSeconds: 15,
    turnSeconds: 1,
    reports: {
      at: () => reports.at ?? null,
      take: () => reports.doubtful ?? [],
      forget: (standby) => void done.push(`forget ${standby}`),
    },
    ask: (standby) => void done.push(`ask ${standby}`),
    tracker: { sample: () => void done.push("sample"), sampleStandby: () => void done.push("sampleStandby") },
  });
  return done;
}

Deno.test("pollServer() samples between two collections", async () => {
  assertEquals(await turn(), ["sample"]);
  const standby = { ...reached("a", { readAt: 0, facts: { server: [server({ inRecovery: true })] } }) };
  const samplePosition = () => Promise.resolve({ ...SAMPLE, inRecovery: true });
  assertEquals(await turn({ snapshot: standby, samplePosition }), ["sampleStandby"]);
});

Deno.test("pollServer() collects at its interval, after a promotion, and when a lost session may be opened again", async () => {
  assertEquals(await turn({ collectedAt: null }), ["collect"]);
  assertEquals(await turn({ collectedAt: -15 }), ["collect"]);
  assertEquals(await turn({ connected: false }), ["collect"]);
  assertEquals(await turn({ samplePosition: () => Promise.resolve({ ...SAMPLE, inRecovery: true }) }), [
    "collect",
  ]);
});

Deno.test("pollServer() collects at once when a link started or ended", async () => {
  const samplePosition = () => Promise.resolve({ ...SAMPLE, linksChanged: true });
  assertEquals(await turn({ samplePosition }), ["collect"]);
});

Deno.test("pollServer() collects every turn while commits wait for their synchronous standbys", async () => {
  const waiting = (oldestWaitSeconds: number | null) => {
    const facts = { server: [server({ inRecovery: false })], sync: [sync({ oldestWaitSeconds })] };
    return { ...reached("a", { readAt: 0, facts }), heardAt: 0 };
  };
  assertEquals(await turn({ snapshot: waiting(0.5) }), ["collect"]);
  assertEquals(await turn({ snapshot: waiting(0.4) }), ["sample"]);
  assertEquals(await turn({ snapshot: waiting(null) }), ["sample"]);
  assertEquals(await turn({ snapshot: { ...waiting(9), up: false } }), ["sample"]);
});

Deno.test("pollServer() collects a server after several missed samples, but not after one", async () => {
  const samplePosition = () => Promise.resolve(null);
  assertEquals(await turn({ samplePosition, heardAt: -3.1 }), ["collect"]);
  assertEquals(await turn({ samplePosition, heardAt: -2.9 }), []);
  const waiting = { connected: false, mayTry: false };
  assertEquals(
    await turn({ samplePosition, heardAt: -3.1, ...waiting }),
    [],
    "not between attempts to connect",
  );
});

Deno.test("pollServer() does not ask a standby that had reported to its primary, until its latest response is too old", async () => {
  const snapshot = { ...reached("a", { readAt: 0, facts: { server: [server({ inRecovery: true })] } }) };
  const answers = () => Promise.resolve({ ...SAMPLE, inRecovery: true });
  const heard = (heardAt: number, samplePosition: PolledWatch["samplePosition"] = answers) =>
    turn({ snapshot: { ...snapshot, heardAt }, samplePosition }, { at: -1 });
  assertEquals(await heard(-2.4), []);
  assertEquals(await heard(-2.6), ["sampleStandby"]);
  const silent = () => Promise.resolve(null);
  assertEquals(await heard(-3.1, silent), [], "a report shows that it was not silent");
  assertEquals(await turn({ snapshot: { ...snapshot, heardAt: -2.4 }, samplePosition: answers }), [
    "sampleStandby",
  ]);
  assertEquals(await turn({ collectedAt: -15, snapshot: { ...snapshot, heardAt: 0 } }, { at: -1 }), [
    "collect",
  ]);
});

Deno.test("pollServer() has standbys asked whose report is not enough", async () => {
  assertEquals(await turn({}, { doubtful: ["b", "c"] }), ["sample", "ask b", "ask c"]);
});

Deno.test("pollServer() has a standby that responds slowly asked at every turn, whatever it reports", async () => {
  const snapshot = { ...reached("a", { readAt: 0, facts: { server: [server({ inRecovery: true })] } }) };
  const after = async (seconds: number) => {
    const clock = new FakeClock({ monotonic: 0 });
    const samplePosition = async () => {
      await clock.advance(seconds);
      return { ...SAMPLE, inRecovery: true };
    };
    return await turn({ snapshot: { ...snapshot, heardAt: -3 }, samplePosition }, { at: -1, clock });
  };
  assertEquals(await after(0.4), ["sampleStandby"]);
  assertEquals(await after(0.6), ["forget a", "sampleStandby"]);
});
