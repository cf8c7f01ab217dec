import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { type ConnectionStep, PostgresError } from "../../src/postgres/errors.ts";
import { SessionKeeper } from "../../src/postgres/keeper.ts";
import { ServerError } from "../../src/postgres/startup_wire.ts";
import type { Session, SessionOptions } from "../../src/postgres/session.ts";
import type { ServerErrorKind } from "../../src/domain/view.ts";
import { FakeClock } from "../fixtures/fake_clock.ts";
import { target } from "../fixtures/targets.ts";

class FakeSession implements Session {
  readonly versionNum = 150000;
  readonly pooled: boolean;
  closed = false;
  polite = false;

  constructor(pooled: boolean) {
    this.pooled = pooled;
  }

  query(): Promise<readonly never[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    this.polite = true;
    this.destroy();
    return Promise.resolve();
  }

  destroy(): void {
    this.closed = true;
  }
}

/** A keeper whose attempts end as listed: with a kind of error, or "ok". */
function keeperOf(
  outcomes: (ServerErrorKind | PostgresError | "ok" | "pooler")[],
  clock = new FakeClock(),
  isUrgent = () => false,
) {
  const attempts: SessionOptions[] = [];
  const keeper = new SessionKeeper({
    target: target(),
    server: "primary",
    statementTimeoutSeconds: 1,
    lockTimeoutSeconds: 0.5,
    clock,
    random: () => 0.999999,
    isUrgent,
    readTextFile: Deno.readTextFile,
    open: (_, options) => {
      attempts.push(options);
      const outcome = outcomes.shift() ?? "ok";
      if (outcome === "ok") return Promise.resolve(new FakeSession(options.pooled ?? false));
      if (outcome instanceof PostgresError) return Promise.reject(outcome);
      return Promise.reject(
        outcome === "pooler"
          ? new PostgresError("unsupported startup parameter", {
            kind: "protocol",
            step: "authenticate",
            sqlstate: "08P01",
          })
          : new PostgresError(outcome, { kind: outcome, step: "connect" }),
      );
    },
  });
  return { keeper, attempts, clock };
}

const never = new AbortController().signal;

Deno.test("SessionKeeper.session() opens one session and keeps it", async () => {
  const { keeper, attempts } = keeperOf(["ok"]);
  const [first, second] = await Promise.all([keeper.session(never), keeper.session(never)]);
  assertStrictEquals(first, second);
  assertStrictEquals(await keeper.session(never), first);
  assertEquals([attempts.length, keeper.connects], [1, 1]);
});

Deno.test("SessionKeeper.session() repeats the last error until its wait is over", async () => {
  const { keeper, attempts, clock } = keeperOf(["refused", "ok"]);
  await assertRejects(() => keeper.session(never), PostgresError, "refused");
  assertEquals(keeper.mayTry, false);
  await assertRejects(() => keeper.session(never), PostgresError, "refused");
  assertEquals(attempts.length, 1);
  await clock.advance(0.5);
  await keeper.session(never);
  assertEquals([attempts.length, keeper.connects], [2, 1]);
});

Deno.test("SessionKeeper doubles its wait up to 5 s", async () => {
  const { keeper, clock } = keeperOf(Array.from({ length: 8 }, () => "unreachable" as const));
  const waits: number[] = [];
  for (let failure = 0; failure < 6; failure++) {
    await assertRejects(() => keeper.session(never), PostgresError);
    const failedAt = clock.monotonic();
    while (!keeper.mayTry) await clock.advance(0.01);
    waits.push(Math.round((clock.monotonic() - failedAt) * 10) / 10);
  }
  assertEquals(waits, [0.5, 1, 2, 4, 5, 5]);
});

Deno.test("SessionKeeper retries at once while the server is starting up", async () => {
  const { keeper, attempts } = keeperOf(["starting", "starting", "ok"]);
  await assertRejects(() => keeper.session(never), PostgresError);
  await assertRejects(() => keeper.session(never), PostgresError);
  await keeper.session(never);
  assertEquals(attempts.length, 3);
});

Deno.test("SessionKeeper opens a new session after the old one has closed", async () => {
  const { keeper, attempts } = keeperOf(["ok", "ok"]);
  const first = await keeper.session(never);
  first.destroy();
  assertEquals(keeper.current, null);
  await keeper.session(never);
  keeper.drop();
  assertEquals(keeper.current, null);
  assertEquals([attempts.length, keeper.connects], [2, 2]);
});

Deno.test("SessionKeeper falls back to pooled sessions when a pooler refuses startup parameters", async () => {
  const { keeper, attempts } = keeperOf(["pooler", "ok", "ok"]);
  assertEquals((await keeper.session(never)).pooled, true);
  keeper.drop();
  await keeper.session(never);
  assertEquals(attempts.map(({ pooled }) => pooled), [false, true, true]);
});

Deno.test("SessionKeeper.close() terminates the session cleanly", async () => {
  const { keeper } = keeperOf(["ok"]);
  const session = await keeper.session(never);
  await keeper.close(never);
  assertEquals([session.closed, keeper.current], [true, null]);
});

Deno.test("a server that accepts no logins is stopping when it ended the session, whatever its language", async () => {
  const session: Session = Object.assign(new FakeSession(false), {
    closed: true,
    endedBy: new ServerError(Buffer.from("SFATAL\0C57P01\0Mbeende Verbindung\0\0")),
  });
  const texts = ["das Datenbanksystem fährt herunter", "das Datenbanksystem fährt herunter", "startet"];
  let isOpen = false;
  const keeper = new SessionKeeper({
    target: target(),
    server: "primary",
    statementTimeoutSeconds: 1,
    lockTimeoutSeconds: 0.5,
    clock: new FakeClock(),
    random: () => -1,
    readTextFile: Deno.readTextFile,
    open: () => {
      if (!isOpen) {
        isOpen = true;
        return Promise.resolve(session);
      }
      const trouble = { kind: "starting", step: "authenticate", sqlstate: "57P03" } as const;
      return Promise.reject(new PostgresError(texts.shift() ?? "", trouble));
    },
  });
  const { signal } = new AbortController();
  await keeper.session(signal);
  const kinds: string[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const error = await assertRejects(() => keeper.session(signal), PostgresError);
    keeper.drop();
    kinds.push(error.kind);
  }
  assertEquals(kinds, ["shutting_down", "shutting_down", "starting"]);
});

Deno.test("SessionKeeper tries an urgent server at least twice a second, and one that shows life at once", async () => {
  const clock = new FakeClock();
  const { keeper, attempts } = keeperOf(Array(6).fill("refused"), clock, () => true);
  for (let attempt = 1; attempt <= 5; attempt++) {
    await assertRejects(() => keeper.session(AbortSignal.timeout(1000)));
    assertEquals([attempts.length, keeper.mayTry], [attempt, false]);
    clock.advance(0.3); // the attempt took 0.2 s
    assertEquals(keeper.mayTry, true);
  }
  await assertRejects(() => keeper.session(AbortSignal.timeout(1000)));
  keeper.hurry();
  assertEquals(keeper.mayTry, true);
});

Deno.test("SessionKeeper.hurry() shortens one wait, and none of a server that responds and refuses the login", async () => {
  const { keeper, attempts, clock } = keeperOf(Array(7).fill("unreachable"));
  for (let attempt = 1; attempt <= 7; attempt++) {
    keeper.hurry();
    await assertRejects(() => keeper.session(never));
  }
  assertEquals(attempts.length, 7);
  await clock.advance(4.9);
  assertEquals(keeper.mayTry, false, "the next wait is the longest again");

  const trouble = (kind: ServerErrorKind, step: ConnectionStep, sqlstate: string | null) =>
    new PostgresError(kind, { kind, step, sqlstate });
  const answers: readonly (readonly [PostgresError, boolean])[] = [
    [trouble("refused", "connect", null), true], // nothing listens
    [trouble("refused", "authenticate", null), true], // a proxy without a server
    [trouble("timeout", "authenticate", null), true], // frozen
    [trouble("auth", "authenticate", "28P01"), false],
    [trouble("refused", "authenticate", "28000"), false], // pg_hba.conf
    [trouble("refused", "query", null), false], // target_session_attrs
    [trouble("too_many_connections", "authenticate", "53300"), false],
    [trouble("shutting_down", "authenticate", "57P03"), false],
    [trouble("protocol", "authenticate", null), false], // TLS
  ];
  for (const [error, isTried] of answers) {
    const { keeper } = keeperOf([error]);
    await assertRejects(() => keeper.session(never));
    keeper.hurry();
    assertEquals(keeper.mayTry, isTried, `${error.kind} ${error.step}`);
  }
});
