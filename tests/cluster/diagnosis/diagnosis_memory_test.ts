import { assert, assertAlmostEquals, assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import type { StandbyReason } from "../../../src/domain/standby.ts";
import { slot } from "../fixtures.ts";
import { row, World } from "../world.ts";
import { QuietLink, type QuietLinkOptions } from "./quiet_link.ts";

const KIB = 1024n;

const LINKS: readonly QuietLinkOptions[] = [0, 1, 10].flatMap((statusSeconds) =>
  [1, 15, 60].flatMap((collectSeconds) =>
    [true, false].flatMap((isConfigured) =>
      [0, 300, -300].map((clockAheadSeconds) => ({
        statusSeconds,
        collectSeconds,
        isConfigured,
        clockAheadSeconds,
      }))
    )
  )
);

/** Reasons given, each once. */
function reasons(
  views: readonly { readonly reason: StandbyReason | null }[],
): ReadonlySet<StandbyReason | null> {
  return new Set(views.map(({ reason }) => reason));
}

Deno.test("an idle link raises no alarm in ten minutes, nor a write after a rest, nor a busy link", () => {
  for (const options of LINKS) {
    const what = JSON.stringify(options);
    const link = new QuietLink(options);
    for (const reason of reasons(link.pass(600))) assert(reason === "idle" || reason === "streaming", what);
    assertEquals(link.view().reason, "idle", what);
    for (let rest = 1; rest <= 40; rest++) {
      link.pass(rest);
      link.written += KIB;
      for (const reason of reasons(link.pass(3))) assert(reason === "idle" || reason === "streaming", what);
    }
    const busy = link.pass(300, () => link.written += KIB).slice(2 * options.collectSeconds);
    assertEquals(reasons(busy), new Set(["streaming"]), what);
  }
});

Deno.test("a link that nothing passes any more is half-open 10 s after the first write, and one collection", () => {
  for (const options of LINKS.filter((each) => each.isConfigured)) {
    const what = JSON.stringify(options);
    const link = new QuietLink(options);
    link.pass(120);
    link.isOpen = false;
    link.pass(5);
    const views = link.pass(200, () => link.written += KIB);
    const first = views.findIndex(({ reason }) => reason === "half_open");
    assert(first >= 10, `${what}: after ${first} s`);
    assertLessOrEqual(first, 11 + options.collectSeconds, what);
    assertEquals(reasons(views.slice(first)), new Set(["half_open"]), what);
    assertEquals(views.at(-1)?.stage, "transport", what);
    link.isOpen = true;
    const mended = link.pass(2 * options.collectSeconds + 2, () => link.written += KIB);
    assertEquals(mended.at(-1)?.reason, "streaming", what);
  }
});

Deno.test("a dead link is found at rest too, by the sign of life that does not come", () => {
  const link = new QuietLink({
    statusSeconds: 10,
    collectSeconds: 15,
    isConfigured: true,
    clockAheadSeconds: 0,
  });
  link.pass(120);
  link.isOpen = false;
  assertMatch(link.pass(60).at(-1)?.reasonText ?? "", /although it asks for one after 30\.0 s/);
});

Deno.test("a standby that only its upstream knows is half-open when it does not answer", () => {
  for (const options of LINKS.filter((each) => !each.isConfigured)) {
    const link = new QuietLink(options);
    link.pass(120);
    link.isOpen = false;
    const views = link.pass(300, () => link.written += KIB);
    const first = views.findIndex(({ reason }) => reason === "half_open");
    assert(first >= 30 && first <= 41 + 2 * options.collectSeconds, `${JSON.stringify(options)}: ${first} s`);
  }
});

Deno.test("a frozen standby is streaming for its upstream until that hears nothing more", () => {
  for (const options of LINKS.filter((each) => each.isConfigured && each.statusSeconds > 0)) {
    const link = new QuietLink(options);
    link.pass(120);
    link.isOpen = link.isReachable = false;
    const views = link.pass(200, () => link.written += KIB);
    const first = views.findIndex(({ reason }) => reason === "unreachable");
    const what = `${JSON.stringify(options)}: ${first} s`;
    assert(first >= 10 && first <= 21 + 2 * options.collectSeconds, what);
    assertEquals(reasons(views.slice(first)), new Set(["unreachable"]), what);
  }
});

Deno.test("a slot is forecast from some minutes of WAL, and a quiet interval does not end it", () => {
  const world = new World();
  const primary = world.add("primary");
  const forecasts = () =>
    world.view().slotForecasts.map(({ slot, lostInSeconds }) => [slot, Math.round(lostInSeconds)]);
  let safe = 10_000_000;
  world.pass(600, () => {
    primary.position += 1000n;
    safe -= 1000;
    primary.slots = [
      slot({ slot: "left", active: false, restartPosition: 1000n, safeWalBytes: safe }),
      slot({ slot: "used", restartPosition: primary.position, safeWalBytes: safe }),
      slot({ slot: "lost", active: false, walStatus: "lost" }),
      slot({ slot: "unbounded", active: false, restartPosition: 1000n }),
    ];
  });
  assertEquals(forecasts(), [["left", 9400], ["lost", 0]]);
  world.pass(30);
  // A tenth of the window was quiet: the forecast is a tenth later, give or take a reading.
  const [[slotName, seconds] = [], ...others] = forecasts();
  assertEquals([slotName, others], ["left", [["lost", 0]]]);
  assertAlmostEquals(Number(seconds), 9_400_000 / 900, 300);
  primary.reachable = false;
  world.pass(5);
  assertEquals(forecasts(), [["lost", 0]]);
});

Deno.test("catching up is forecast from the rates of the last half minute", () => {
  const world = new World();
  const primary = world.add("primary");
  const standby = world.add("standby");
  const tell = () => primary.senders = [row(standby)];
  const forecast = () => {
    const [view] = world.view().standbys;
    return { seconds: Math.round(view?.catchUpSeconds ?? -1), fallingBehind: view?.fallingBehind };
  };
  tell();
  world.pass(60, () => {
    primary.position += 1000n;
    standby.position = primary.position;
    tell();
  });
  assertEquals(forecast(), { seconds: -1, fallingBehind: true });
  world.pass(30, () => {
    primary.position += 1000n;
    standby.position = primary.position;
    standby.replayed += 2000n;
    tell();
  });
  assertEquals(forecast(), { seconds: 30, fallingBehind: false });
  world.pass(30, () => {
    primary.position += 1000n;
    standby.position = primary.position;
    standby.replayed += 2000n;
    tell();
  });
  assertEquals(forecast(), { seconds: 0, fallingBehind: false });
});

Deno.test("an inactive slot that moves is moved by something else, for some minutes after it last moved", () => {
  const world = new World();
  const primary = world.add("primary");
  let restartPosition = 1000n;
  let active = false;
  const moved = () => [...world.view().servers[0]?.movedIdleSlots ?? []];
  const pass = (seconds: number, byBytes: bigint) =>
    world.pass(seconds, () => {
      restartPosition += byBytes;
      primary.slots = [slot({ slot: "s1", active, restartPosition })];
    });
  pass(60, 0n);
  assertEquals(moved(), []);
  pass(60, 10n);
  assertEquals(moved(), ["s1"]);
  pass(200, 0n);
  assertEquals(moved(), ["s1"]);
  pass(200, 0n);
  assertEquals(moved(), []);
  active = true;
  pass(60, 10n);
  active = false;
  pass(60, 0n);
  assertEquals(moved(), [], "its consumer moved it");
});
