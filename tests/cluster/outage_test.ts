import { assert, assertEquals } from "@std/assert";
import { row, type SimServer, streaming, type World } from "./world.ts";

/** A start this many seconds before every reading. */
const startedAgo = (seconds: number) => ({
  clockUnixSeconds: 1_700_000_000,
  startUnixSeconds: 1_700_000_000 - seconds,
});

/** Ten seconds of writes that the standby follows; then the primary is gone, and had sent 50 bytes after the last sample. */
function endOfPrimary(scene: ReturnType<typeof streaming>, { isCut = false } = {}): void {
  const { world, primary, standby } = scene;
  write(world, { seconds: 10, by: primary, to: standby });
  if (isCut) {
    Object.assign(standby, { receiver: null });
    primary.senders = [];
    write(world, { seconds: 10, by: primary });
  } else standby.position = standby.replayed = primary.position += 50n;
  Object.assign(primary, { reachable: false, senders: [] });
  Object.assign(standby, { receiver: null });
  world.collect();
}

function write(
  world: World,
  { seconds, by, to }: { readonly seconds: number; readonly by: SimServer; readonly to?: SimServer },
): void {
  world.pass(seconds, () => {
    by.position += 100n;
    if (to !== undefined) {
      to.position = to.replayed = by.position;
      by.senders = [row(to)];
    }
  });
}

/** What the lag is, four seconds after writes went on. */
function lagAfter({ world, primary }: ReturnType<typeof streaming>, fact: SimServer["fact"]): number | null {
  Object.assign(primary, { reachable: true, fact: { ...startedAgo(0.5), ...fact } });
  world.collect();
  Object.assign(primary, { fact: startedAgo(1000) });
  write(world, { seconds: 4, by: primary });
  world.collect();
  return world.lag("standby")[0];
}

Deno.test("a primary that crashed and started again wrote nothing in between: the outage is no lag", () => {
  const scene = streaming();
  endOfPrimary(scene);
  scene.world.pass(20);
  const lag = lagAfter(scene, { recoveryEndPosition: scene.primary.position });
  assertEquals(lag, 4, "since the start");
});

Deno.test("after a clean restart a standby that was connected to the end has all that was written before", () => {
  const scene = streaming();
  endOfPrimary(scene);
  scene.world.pass(20);
  assertEquals(lagAfter(scene, {}), 4);
});

Deno.test("a standby that lacks WAL from before the restart has been behind since then", () => {
  const scene = streaming();
  endOfPrimary(scene, { isCut: true });
  scene.world.pass(20);
  const lag = lagAfter(scene, {}) ?? 0;
  assert(lag > 30, `${lag} s`);
  const crashed = streaming();
  endOfPrimary(crashed);
  crashed.primary.position += 500n;
  crashed.world.pass(20);
  // It had written 500 bytes that it had not sent.
  const lost = lagAfter(crashed, { recoveryEndPosition: crashed.primary.position }) ?? 0;
  assert(lost > 20, `${lost} s`);
});

Deno.test("a primary that comes back as a standby and is promoted again adds no outage", () => {
  for (const isSeen of [true, false]) {
    const scene = streaming();
    endOfPrimary(scene);
    scene.world.pass(20);
    const { world, primary } = scene;
    // Its crash recovery wrote a checkpoint.
    const position = primary.position + 200n;
    if (isSeen) {
      Object.assign(primary, {
        reachable: true,
        inRecovery: true,
        receiver: null,
        position,
        replayed: position,
      });
      primary.fact = startedAgo(0.5);
      world.collect();
      world.pass(1);
    }
    Object.assign(primary, { inRecovery: false, timeline: 2, position });
    const lag = lagAfter(scene, { recoveryEndPosition: position }) ?? Infinity;
    assert(lag <= 5.5, `${lag} s`);
  }
});

Deno.test("a primary that died lacks only what came after the fork", () => {
  const scene = streaming();
  endOfPrimary(scene);
  const { world, standby } = scene;
  world.pass(20);
  const fork = standby.replayed;
  Object.assign(standby, { inRecovery: false, timeline: 2, fact: { recoveryEndPosition: fork } });
  standby.position += 10n;
  world.collect();
  write(world, { seconds: 3, by: standby });
  // The standby was last read in recovery up to five seconds before.
  const [seconds, bytes] = world.lag("primary");
  assert(seconds !== null && seconds <= 8, `${seconds} s`);
  assertEquals(bytes, 310);
});

Deno.test("without a primary the lag of a standby is bounded, and compared with all other servers", () => {
  const scene = streaming();
  const { world, primary } = scene;
  const other = world.add("standby2");
  world.collect();
  endOfPrimary(scene);
  const bounds = (name: string) =>
    world.view().servers.find(({ server }) => server === name)?.lag?.withoutPrimary;
  assertEquals(bounds("standby")?.hasAllKnown, true);
  world.pass(7);
  assertEquals([world.lag("standby")[0], bounds("standby")?.atMostSeconds], [null, 7]);
  // The other one had received a page more.
  other.position = other.replayed = primary.position + 8192n;
  world.collect();
  assertEquals([bounds("standby")?.hasAllKnown, bounds("standby2")?.hasAllKnown], [false, true]);
  Object.assign(primary, { reachable: true });
  world.collect();
  assertEquals(bounds("standby"), undefined);
});
