import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatLagState, parseLagState, type SavedTrack } from "../../../src/cluster/lag/lag_state.ts";
import { row, type SimServer, streaming, World } from "../world.ts";

const MIB = 1024n * 1024n;

const tracksArbitrary: fc.Arbitrary<SavedTrack[]> = fc.array(fc.record({
  cluster: fc.constantFrom("", "shop"),
  systemIdentifier: fc.string(),
  server: fc.string(),
  timeline: fc.integer({ min: 1, max: 2 ** 31 }),
  samples: fc.array(fc.record({
    at: fc.integer({ min: 0, max: 1_000_000 }).map((ms) => ms / 1000),
    position: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  })),
}));

const NAMES = new Map([["1 10.0.0.2 5432 ", "db2"]]);

Deno.test("parseLagState() reads what formatLagState() wrote, on another monotonic clock", () => {
  fc.assert(fc.property(tracksArbitrary, (tracks) => {
    const text = formatLagState({ tracks, names: NAMES }, 1_700_000_000);
    // The second process started 500 s of Unix time after the first: its clock reads 500 s less.
    const { tracks: read, names } = parseLagState(text, { wallOffsetSeconds: 1_700_000_500, now: 600 });
    assertEquals(names, NAMES);
    assertEquals(
      read.map((track) => ({ ...track, samples: [] })),
      tracks.map((track) => ({ ...track, samples: [] })),
    );
    read.forEach((track, index) => {
      const samples = tracks[index]?.samples ?? [];
      assertEquals(track.samples.map(({ position }) => position), samples.map(({ position }) => position));
      track.samples.forEach(({ at }, number) =>
        assertAlmostEquals(at, (samples[number]?.at ?? NaN) - 500, 0.001)
      );
    });
  }));
});

Deno.test("parseLagState() leaves out what lies in the future: the wall clock was set back", () => {
  const samples = [{ at: 10, position: 1n }, { at: 20, position: 2n }];
  const text = formatLagState({
    tracks: [{ cluster: "", systemIdentifier: "1", server: "a", timeline: 1, samples }],
    names: new Map(),
  }, 1000);
  const { tracks: [track] } = parseLagState(text, { wallOffsetSeconds: 1000, now: 15 });
  assertEquals(track?.samples, [{ at: 10, position: 1n }]);
});

const DAMAGED = [
  "",
  "{",
  "null",
  "[]",
  '{"version":2,"tracks":[]}',
  '{"version":1}',
  '{"version":1,"tracks":[1]}',
  '{"version":1,"tracks":[],"names":[]}',
  '{"version":1,"tracks":[{"systemIdentifier":"1","server":"a","timeline":"1","samples":[]}]}',
  '{"version":1,"tracks":[{"cluster":1,"systemIdentifier":"1","server":"a","timeline":1,"samples":[]}]}',
  '{"version":1,"tracks":[{"systemIdentifier":1,"server":"a","timeline":1,"samples":[]}]}',
  '{"version":1,"tracks":[{"systemIdentifier":"1","server":"a","timeline":1,"samples":[[1]]}]}',
  '{"version":1,"tracks":[{"systemIdentifier":"1","server":"a","timeline":1,"samples":[[1,"x"]]}]}',
  '{"version":1,"tracks":[{"systemIdentifier":"1","server":"a","timeline":1,"samples":[["1","0/1"]]}]}',
];

for (const text of DAMAGED) {
  Deno.test(`parseLagState() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => parseLagState(text, { wallOffsetSeconds: 0, now: 0 }), SyntaxError);
  });
}

Deno.test("parseLagState() of any part of a file throws a SyntaxError, never anything else", () => {
  const text = formatLagState({
    tracks: [{
      cluster: "",
      systemIdentifier: "1",
      server: "a",
      timeline: 1,
      samples: [{ at: 1, position: 1n }, { at: 2, position: 2n }],
    }],
    names: NAMES,
  }, 1000);
  for (let length = 0; length < text.length - 1; length++) {
    assertThrows(() => parseLagState(text.slice(0, length), { wallOffsetSeconds: 0, now: 0 }), SyntaxError);
  }
});

/** The same servers under a new exporter, some seconds later, whose monotonic clock begins again. */
function restarted(
  world: World,
  { awaySeconds, withState }: { awaySeconds: number; withState: boolean },
): World {
  const text = formatLagState({ tracks: world.tracker.history, names: NAMES }, world.wallOffset);
  const unixNow = world.now + world.wallOffset + awaySeconds;
  const next = new World({ now: 50, wallOffset: unixNow - 50 });
  const clocks = { wallOffsetSeconds: next.wallOffset, now: next.now };
  if (withState) next.tracker.restore(parseLagState(text, clocks).tracks);
  for (const sim of world.servers) next.servers.push(sim);
  next.collect();
  return next;
}

/** Cut off for a minute under load, when the exporter is restarted. */
function cutOff(): { world: World; primary: SimServer; standby: SimServer } {
  const { world, primary, standby } = streaming();
  primary.senders = [];
  standby.receiver = null;
  world.pass(60, () => primary.position += MIB);
  return { world, primary, standby };
}

Deno.test("after a restart the lag of a standby that was cut off before is true with a state file, unknown without", () => {
  const { world } = cutOff();
  const without = restarted(world, { awaySeconds: 20, withState: false });
  assertEquals(without.lag("standby"), [null, Number(60n * MIB), "history_too_short"]);
  const next = restarted(world, { awaySeconds: 20, withState: true });
  const [seconds, bytes, source] = next.lag("standby");
  assertAlmostEquals(seconds ?? -1, 60 + 20, 1);
  assertEquals([bytes, source], [Number(60n * MIB), "clock"]);
  next.pass(30, () => next.servers[0] !== undefined && (next.servers[0].position += MIB));
  assertAlmostEquals(next.lag("standby")[0] ?? -1, 60 + 20 + 30, 1);
});

Deno.test("a position written while the exporter was away is dated to within its absence", () => {
  const { world, primary, standby } = streaming();
  primary.position += 20n * MIB;
  standby.position = standby.replayed = primary.position - 10n * MIB;
  primary.senders = [row(standby)];
  const next = restarted(world, { awaySeconds: 20, withState: true });
  const seconds = next.lag("standby")[0];
  assertAlmostEquals(seconds ?? -1, 10, 10);
});
