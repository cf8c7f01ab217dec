import { assertEquals } from "@std/assert";
import { type AskedWatch, PromptAsking } from "../../src/scrape/prompt_asking.ts";
import type { ServerSnapshot } from "../../src/domain/view.ts";
import { reached, server } from "../cluster/fixtures.ts";

const primary = (name: string, known: Partial<ServerSnapshot>): ServerSnapshot => ({
  ...reached(name, { readAt: 0, facts: { server: [server()] } }),
  ...known,
});

/** A watch whose collections end with these snapshots, one after the other. */
function watchOf(snapshots: readonly ServerSnapshot[], { isWaiting = false, triedAt = -Infinity } = {}) {
  const [first, ...later] = snapshots;
  if (first === undefined) throw new RangeError("A watch has a snapshot");
  const done: string[] = [];
  const watch = {
    snapshot: first,
    closed: new AbortController().signal,
    mayTry: !isWaiting,
    triedAt,
    collect: () => {
      done.push("collect");
      watch.snapshot = later.shift() ?? watch.snapshot;
      return Promise.resolve();
    },
    collectAtOnce: () => Promise.resolve(void done.push("at once")),
  } satisfies AskedWatch;
  return { watch, done };
}

function listOf(watches: readonly AskedWatch[]) {
  const inCluster = (name: string) => watches.filter(({ snapshot: { cluster } }) => cluster === name);
  return { watches, inCluster };
}

function asking(watches: readonly AskedWatch[], signs: Readonly<Record<string, number>> = {}): PromptAsking {
  const signsOfLife = () => new Map(Object.entries(signs));
  return new PromptAsking(() => ({ list: listOf(watches), tracker: { signsOfLife } }));
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("PromptAsking asks a primary that was not heard since a promotion, until it was", async () => {
  const promoted = primary("new", { primarySince: 10, heardAt: 10 });
  const old = watchOf([
    primary("old", { heardAt: 9 }),
    primary("old", { heardAt: 9.5 }), // was under way
    primary("old", { heardAt: 10.1 }),
  ]);
  const other = watchOf([promoted]);
  asking([old.watch, other.watch]).follow(promoted);
  await settled();
  assertEquals([old.done, other.done], [["collect", "collect"], []]);
});

Deno.test("PromptAsking.settled() waits for the answers, but not for a server that hangs", async () => {
  const promoted = primary("new", { primarySince: 10, heardAt: 10 });
  const old = watchOf([
    primary("old", { heardAt: 9 }),
    primary("old", { heardAt: 9.5 }),
    primary("old", { heardAt: 11 }),
  ]);
  const other = watchOf([promoted]);
  const waits: number[] = [];
  const never = (seconds: number, signal?: AbortSignal) =>
    new Promise<void>((_, reject) => {
      waits.push(seconds);
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const answering = asking([old.watch, other.watch]);
  await answering.settled({ sleep: never }, 9);
  assertEquals(waits, [], "nobody is in doubt");
  answering.follow(promoted);
  await answering.settled({ sleep: never }, 9);
  assertEquals([old.done, waits], [["collect", "collect"], [0.5]]);

  const hanging = {
    ...watchOf([primary("old", { heardAt: 9 })]).watch,
    collect: () => new Promise<void>(() => {}),
  };
  const stuck = asking([hanging, other.watch]);
  stuck.follow(promoted);
  const limits: number[] = [];
  const at = { sleep: (seconds: number) => Promise.resolve(void limits.push(seconds)) };
  for (const most of [9, 0.2, 0, -1]) await stuck.settled(at, most);
  assertEquals(limits, [0.5, 0.2], "no longer than the scrape has left");
});

Deno.test("PromptAsking looks for signs of life in the cluster of the server that was read alone", () => {
  const of = (name: string, systemIdentifier: string, known: Partial<ServerSnapshot> = {}) =>
    primary(name, { facts: { server: [server({ systemIdentifier })] }, ...known });
  const lost = watchOf([of("lost", "1", { up: false })], { isWaiting: true });
  const never = watchOf([primary("never", { up: false, role: null, facts: {}, cluster: "named" })], {
    isWaiting: true,
  });
  const asked: string[] = [];
  const signsOfLife = (_: readonly ServerSnapshot[], member: string) => {
    asked.push(member);
    return new Map<string, number>();
  };
  const watches = [lost.watch, never.watch];
  const prompt = new PromptAsking(() => ({ list: listOf(watches), tracker: { signsOfLife } }));
  prompt.follow(of("its own", "1"));
  for (let other = 2; other < 100; other++) prompt.follow(of("another", `${other}`));
  assertEquals(asked, ["its own"], "one that is down costs nothing elsewhere");
  prompt.follow(of("named", "2", { cluster: "named" }));
  assertEquals(asked, ["its own", "named"], "one without a known identifier may be of this one");
});

Deno.test("PromptAsking tries a server that others have heard of since the latest attempt", () => {
  const lost = watchOf([primary("lost", { up: false })], { isWaiting: true, triedAt: 5 });
  const other = primary("other", {});
  asking([lost.watch], { lost: 4.9 }).follow(other);
  assertEquals(lost.done, []);
  asking([lost.watch], { lost: 5.1 }).follow({ ...other, up: false });
  assertEquals(lost.done, [], "nothing new was read");
  asking([lost.watch], { lost: 5.1 }).follow(other);
  assertEquals(lost.done, ["at once"]);
});
