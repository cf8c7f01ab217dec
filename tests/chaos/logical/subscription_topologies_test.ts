import { assert, assertEquals } from "@std/assert";
import { type LogicalCluster, startLogicalCluster } from "../../../compose/lab/logical.ts";
import type { Server } from "../../../compose/lab/server.ts";
import type { SubscriptionView } from "../../../src/domain/subscription.ts";
import { until, untilHolds } from "../../live/support.ts";
import { watchCluster, type Watching } from "../../live/watching.ts";
import { testOnMajors } from "../majors.ts";

/** Other names for the servers of the second pair. */
const SECOND = { primary: "third", subscriber: "fourth" } as const;
const TABLE = "(id int PRIMARY KEY, at timestamptz DEFAULT clock_timestamp())";

/** Two pairs without subscriptions, which are four servers of four clusters, all watched. */
interface Four extends AsyncDisposable {
  readonly first: LogicalCluster;
  readonly servers: Readonly<Record<"primary" | "subscriber" | "third" | "fourth", Server>>;
  watch(only?: readonly string[]): Watching;
}

async function startFour(major: number): Promise<Four> {
  await using stack = new AsyncDisposableStack();
  const [first, second] = await Promise.all(
    [1, 2].map(() => startLogicalCluster({ major, standbys: 0, subscription: false, cdc: false })),
  );
  assert(first !== undefined && second !== undefined);
  stack.use(first);
  stack.use(second);
  const servers = {
    primary: first.publisher.primary,
    subscriber: first.subscriber,
    [SECOND.primary]: second.publisher.primary,
    [SECOND.subscriber]: second.subscriber,
  };
  for (const role of ["monitor", "replicator"] as const) {
    for (const server of [second.publisher.primary, second.subscriber]) {
      await server.sql(`ALTER ROLE ${role} PASSWORD '${first.publisher.passwords[role]}'`);
    }
  }
  for (const server of Object.values(servers)) {
    await server.client("app").query("GRANT CREATE ON SCHEMA public TO replicator");
  }
  const stopping = stack.move();
  return {
    first,
    servers,
    watch: (only) =>
      watchCluster(first.publisher, {
        collect: { maxAgeSeconds: 0, intervalSeconds: 1 },
        also: { third: servers.third.port, fourth: servers.fourth.port },
        ...only === undefined ? {} : { only },
      }),
    [Symbol.asyncDispose]: () => stopping.disposeAsync(),
  };
}

function inApp(server: Server, text: string) {
  return server.client("app").query(text, 60);
}

/** `subscriber/name <- publisher by evidence`, or `?` for one that is not known. */
function joined({ service }: Watching): readonly string[] {
  return (service.view()?.subscriptions ?? []).map(({ server, fact, publisher }) =>
    `${server}/${fact.name} <- ${publisher?.server ?? "?"}`
  ).toSorted();
}

function subscriptionOf({ service }: Watching, name: string): SubscriptionView {
  const found = service.view()?.subscriptions.find(({ fact }) => fact.name === name);
  assert(found !== undefined, `there is ${name}`);
  return found;
}

function troubles({ service }: Watching): readonly string[] {
  return (service.view()?.findings ?? []).filter(({ severity, check }) =>
    severity !== "info" && check !== "fsync_off"
  ).map(({ check, server, subject }) => `${check} ${server}/${subject}`);
}

async function untilSaid(watching: Watching, expected: readonly string[]): Promise<void> {
  await untilHolds("all to be joined and well", async () => {
    await watching.service.scrape();
    assertEquals(joined(watching), expected.toSorted());
    for (const { lag, reason, fact } of watching.service.view()?.subscriptions ?? []) {
      assertEquals([fact.name, lag.seconds !== null && lag.seconds < 2], [fact.name, true]);
      assert(reason === "streaming" || reason === "idle", `${fact.name}: ${reason}`);
    }
    assertEquals(troubles(watching), []);
  });
}

testOnMajors("subscriptions between several servers are joined, each with its own lag", async (t, major) => {
  await using four = await startFour(major);
  const { first, servers } = four;
  const { primary, subscriber, third, fourth } = servers;
  const subscribe = (
    to: Server,
    { name, from, publication, options = "" }: {
      readonly name: string;
      readonly from: Server;
      readonly publication: string;
      readonly options?: string;
    },
  ) =>
    inApp(
      to,
      `CREATE SUBSCRIPTION ${name} CONNECTION '${
        first.conninfo(from)
      }' PUBLICATION ${publication} ${options}`,
    );
  for (const table of ["a", "b", "c"]) {
    for (const each of [primary, subscriber, third, fourth]) {
      await inApp(each, `CREATE TABLE ${table} ${TABLE}`);
    }
    await inApp(primary, `CREATE PUBLICATION pub_${table} FOR TABLE ${table}`);
  }
  await using watching = four.watch();

  await t.step("several between the same two servers, one of them stopped", async () => {
    for (const name of ["a", "b"]) {
      await subscribe(subscriber, { name: `sub_${name}`, from: primary, publication: `pub_${name}` });
    }
    await untilSaid(watching, ["subscriber/sub_a <- primary", "subscriber/sub_b <- primary"]);
    await inApp(subscriber, "ALTER SUBSCRIPTION sub_a DISABLE");
    await until("its worker to end", async () => {
      const workers = "SELECT count(pid) FROM pg_stat_subscription WHERE subname = 'sub_a'";
      return await subscriber.text(workers) === "0";
    });
    await inApp(primary, "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await watching.service.scrape();
    const [a, b] = ["sub_a", "sub_b"].map((name) => subscriptionOf(watching, name));
    assertEquals([a?.reason, b?.reason], ["disabled", "idle"]);
    assert((a?.lag.seconds ?? 0) > 2 && a?.lag.source === "upper_bound", String(a?.lag.seconds));
    assertEquals([b?.lag.seconds, b?.lag.source], [0, "clock"]);
    assertEquals(troubles(watching), ["subscription_disabled subscriber/sub_a"]);
    await inApp(subscriber, "ALTER SUBSCRIPTION sub_a ENABLE");
    await untilSaid(watching, ["subscriber/sub_a <- primary", "subscriber/sub_b <- primary"]);
  });

  await t.step("one publisher to many, with the same name of subscription on two of them", async () => {
    await subscribe(third, {
      name: "sub_a",
      from: primary,
      publication: "pub_a",
      options: "WITH (slot_name = 'sub_a_third')",
    });
    await subscribe(fourth, { name: "sub_c", from: primary, publication: "pub_c" });
    await untilSaid(watching, [
      "subscriber/sub_a <- primary",
      "subscriber/sub_b <- primary",
      "third/sub_a <- primary",
      "fourth/sub_c <- primary",
    ]);
    const view = watching.service.view();
    assertEquals(new Set(view?.subscriptions.map(({ publisher }) => publisher?.slot?.slot)).size, 4);
    assertEquals(view?.clusters.map(({ expectedStandbys }) => expectedStandbys), [0, 0, 0, 0]);
  });

  await t.step("a chain, whose middle stops: the end of it keeps up with the middle", async () => {
    for (const table of ["b"]) await inApp(subscriber, `CREATE PUBLICATION next_${table} FOR TABLE ${table}`);
    await subscribe(fourth, { name: "sub_next", from: subscriber, publication: "next_b" });
    const expected = [
      "subscriber/sub_a <- primary",
      "subscriber/sub_b <- primary",
      "third/sub_a <- primary",
      "fourth/sub_c <- primary",
      "fourth/sub_next <- subscriber",
    ];
    await untilSaid(watching, expected);
    await inApp(subscriber, "ALTER SUBSCRIPTION sub_b DISABLE");
    await inApp(primary, "INSERT INTO b VALUES (2)");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await watching.service.scrape();
    assertEquals(subscriptionOf(watching, "sub_b").reason, "disabled");
    assertEquals(subscriptionOf(watching, "sub_next").lag.seconds, 0);
    assertEquals(troubles(watching), ["subscription_disabled subscriber/sub_b"]);
    await inApp(subscriber, "ALTER SUBSCRIPTION sub_b ENABLE");
    await until(
      "the row at the end",
      async () => (await inApp(fourth, "SELECT FROM b WHERE id = 2")).length === 1,
    );
    await untilSaid(watching, expected);
    await inApp(fourth, "DROP SUBSCRIPTION sub_next");
  });

  await t.step("both directions between two servers", async () => {
    if (major < 16) return;
    for (const each of [primary, third]) await inApp(each, `CREATE TABLE both_ways ${TABLE}`);
    for (const each of [primary, third]) await inApp(each, "CREATE PUBLICATION mutual FOR TABLE both_ways");
    const options = "WITH (origin = none, copy_data = false)";
    await subscribe(third, { name: "there", from: primary, publication: "mutual", options });
    await subscribe(primary, { name: "back", from: third, publication: "mutual", options });
    await untilSaid(watching, [
      "primary/back <- third",
      "subscriber/sub_a <- primary",
      "subscriber/sub_b <- primary",
      "third/sub_a <- primary",
      "third/there <- primary",
      "fourth/sub_c <- primary",
    ]);
    await inApp(primary, "INSERT INTO both_ways VALUES (1)");
    await inApp(third, "INSERT INTO both_ways VALUES (2)");
    for (const each of [primary, third]) {
      await until("both rows", async () => (await inApp(each, "SELECT FROM both_ways")).length === 2);
    }
    await inApp(third, "ALTER SUBSCRIPTION there DISABLE");
    await inApp(primary, "INSERT INTO both_ways VALUES (3)");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await watching.service.scrape();
    assertEquals([subscriptionOf(watching, "there").reason, subscriptionOf(watching, "back").lag.seconds], [
      "disabled",
      0,
    ]);
    assertEquals(troubles(watching), ["subscription_disabled third/there"]);
    await inApp(third, "ALTER SUBSCRIPTION there ENABLE");
  });

  await t.step("only the subscriber is watched: its publisher is unknown, and is not guessed", async () => {
    await using alone = four.watch(["subscriber"]);
    await untilHolds("it to be read", async () => {
      await alone.service.scrape();
      assertEquals(joined(alone), ["subscriber/sub_a <- ?", "subscriber/sub_b <- ?"]);
    });
    const { lag, reason, publisherUnknown } = subscriptionOf(alone, "sub_a");
    assertEquals([lag.seconds, lag.unknownReason], [null, "publisher_not_watched"]);
    assertEquals(reason, "streaming");
    assertEquals(publisherUnknown, 'No watched server has its slot "sub_a"');
    assertEquals(troubles(alone), []);
    await inApp(subscriber, "ALTER SUBSCRIPTION sub_a DISABLE");
    await untilHolds("it to be told", async () => {
      await alone.service.scrape();
      assertEquals(subscriptionOf(alone, "sub_a").reason, "disabled");
      assertEquals(troubles(alone), ["subscription_disabled subscriber/sub_a"]);
    });
    await inApp(subscriber, "ALTER SUBSCRIPTION sub_a ENABLE");
  });

  await t.step("only the publisher is watched: no subscription, no false alarm", async () => {
    await using alone = four.watch(["primary"]);
    await untilHolds("its slots to be well", async () => {
      await alone.service.scrape();
      const slots = alone.service.view()?.servers[0]?.facts.slots ?? [];
      assertEquals([slots.filter(({ active }) => active).length, slots.length], major < 16 ? [4, 4] : [5, 5]);
      assertEquals(troubles(alone), []);
    });
  });
});
