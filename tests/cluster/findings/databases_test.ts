import { assertEquals, assertStringIncludes } from "@std/assert";
import { databaseChecks } from "../../../src/cluster/findings/databases.ts";
import type { CatalogueSequence } from "../../../src/domain/catalogue.ts";
import { content, publication, table } from "../../fixtures/catalogues.ts";
import { testChecks } from "./cases.ts";
import { subscriptionScene } from "./subscription_scene.ts";

const sequence = (lastValue: bigint | null, isReadable = true): CatalogueSequence => ({
  schema: "public",
  sequence: "public.a_id_seq",
  lastValue,
  isDescending: false,
  isReadable,
});
const publishing = (name: string, changes: Parameters<typeof table>[1], publish: readonly string[]) => ({
  tables: content([table(name, changes)]).tables,
  publications: [publication("pb", [name], { actions: publish })],
});
const ALL = ["insert", "update", "delete"];

testChecks(databaseChecks, [
  {
    check: "replica_identity_missing",
    when: "there is no key",
    view: subscriptionScene({ publisher: publishing("public.a", { key: [] }, ALL) }),
    raises: ["warning primary shop"],
    says: [
      'One published table of "primary" cannot be updated: no replica identity',
      'database "shop": public.a',
      'On "primary", in database "shop": ALTER TABLE public.a REPLICA IDENTITY FULL; FULL is for',
    ],
  },
  {
    check: "replica_identity_missing",
    when: "there is a unique index",
    view: subscriptionScene({
      publisher: publishing("public.a", { key: [], candidateIndex: "A u" }, ALL),
    }),
    raises: ["warning primary shop"],
    says: ['ALTER TABLE public.a REPLICA IDENTITY USING INDEX "A u";'],
  },
  {
    check: "replica_identity_missing",
    when: "the primary key is not used",
    view: subscriptionScene({ publisher: publishing("public.a", { identity: "nothing" }, ALL) }),
    raises: ["warning primary shop"],
    says: ["ALTER TABLE public.a REPLICA IDENTITY DEFAULT;"],
  },
  {
    check: "replica_identity_missing",
    when: "partitions have none",
    view: subscriptionScene({
      publisher: publishing(
        "public.a",
        { isPartitioned: true, key: [], hasIdentifiedPartitions: false },
        ALL,
      ),
    }),
    raises: ["warning primary shop"],
    says: ['On "primary", in database "shop": give public.a a primary key, or each of the partitions'],
  },
  {
    check: "replica_identity_missing",
    when: "only inserts are published",
    view: subscriptionScene({ publisher: publishing("public.a", { key: [] }, ["insert", "truncate"]) }),
    raises: [],
  },
  {
    check: "sequences_behind",
    when: "the publisher used it",
    view: subscriptionScene({
      publisher: { sequences: [sequence(50n)] },
      subscriber: { sequences: [sequence(null)] },
    }),
    raises: ["info standby follower"],
    says: [
      'One sequence of "primary" is ahead of "standby": sequences are not replicated',
      "public.a_id_seq 50 against unused",
      'on "standby", in database "app", with the values of then: SELECT setval(\'public.a_id_seq\', 50);',
    ],
  },
  {
    check: "sequences_behind",
    when: "it was set",
    view: subscriptionScene({
      publisher: { sequences: [sequence(50n)] },
      subscriber: { sequences: [sequence(50n)] },
    }),
    raises: [],
  },
  {
    check: "database_not_read",
    when: "the role may not connect",
    view: subscriptionScene({ failedBecause: "permission denied; run: GRANT CONNECT ON DATABASE app TO m" }),
    raises: ["warning standby"],
    says: [
      'One database of "standby" with publications or subscriptions could not be read',
      'On "standby": GRANT CONNECT ON DATABASE app TO m;',
    ],
  },
  {
    check: "database_not_read",
    when: "it is gone",
    view: subscriptionScene({ failedBecause: 'database "app" does not exist' }),
    raises: ["info standby"],
  },
  {
    check: "database_not_read",
    when: "it has too many tables",
    view: subscriptionScene({ subscriber: { isPartial: true } }),
    raises: ["info standby app"],
  },
  { check: "database_not_read", when: "all was read", view: subscriptionScene(), raises: [] },
]);

Deno.test("sequences_behind: a sequence that may not be read is unknown, with the GRANT", () => {
  const check = databaseChecks.find(({ name }) => name === "sequences_behind");
  const hidden = subscriptionScene({ subscriber: { sequences: [sequence(null, false)] } });
  const [unknown, ...more] = check?.unknown?.(hidden) ?? [];
  assertEquals([unknown?.server, more], ["standby", []]);
  assertStringIncludes(unknown?.because ?? "", "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO monitor;");
  assertEquals(check?.unknown?.(subscriptionScene()), []);
});
