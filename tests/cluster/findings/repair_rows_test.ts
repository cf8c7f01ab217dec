import { assertEquals, assertStringIncludes } from "@std/assert";
import { repairRows } from "../../../src/cluster/findings/repair_rows.ts";
import type { ConsistencyResult, DifferentRows } from "../../../src/domain/consistency.ts";
import { subscriptionView } from "../../fixtures/catalogues.ts";
import { viewOf } from "./views.ts";

const VIEW = viewOf({ view: { subscriptions: [subscriptionView()] } });

function adviceOn(rows: Partial<DifferentRows> | null): string {
  const result: ConsistencyResult = {
    primary: "primary",
    standby: "standby",
    subscription: "follower",
    table: "public.t",
    verdict: "different",
    reason: "",
    difference: rows === null ? null : {
      fromKey: "1",
      toKey: "2",
      rows: {
        key: ["id"],
        columns: ["id", "Per%cent", "b"],
        toCopy: [],
        extra: [],
        isPublishedAgain: false,
        ...rows,
      },
    },
    rowsCompared: 3,
    durationSeconds: 1,
    at: 0,
    conclusiveAt: 0,
  };
  return repairRows(VIEW, result);
}

Deno.test("repairRows() copies rows under a lock on the publisher, after all before is applied", () => {
  assertEquals(
    adviceOn({ toCopy: [["1"], ["it's"]] }),
    'Find out who else writes to public.t on "standby", and which of the two is right. If "primary" is: on "primary", in ' +
      'database "shop": BEGIN; SET LOCAL datestyle = \'ISO\'; SELECT format(\'INSERT INTO public.t (id, "Per%%cent", b) ' +
      'OVERRIDING SYSTEM VALUE VALUES (%L, %L, %L) ON CONFLICT (id) DO UPDATE SET "Per%%cent" = EXCLUDED."Per%%cent", b = ' +
      "EXCLUDED.b;', id, \"Per%cent\", b) FROM public.t WHERE id IN ('1', 'it''s') FOR SHARE; SELECT format('SELECT " +
      "confirmed_flush_lsn >= %L FROM pg_replication_slots WHERE slot_name = %L;', pg_current_wal_insert_lsn(), " +
      "'follower'); This locks the rows and prints statements. Leave it open, and repeat the last statement printed there " +
      'until it is true. On "standby", in database "app": BEGIN; SET LOCAL session_replication_role = replica; and the ' +
      'printed INSERT statements, with COMMIT; at the end. Then on "primary": COMMIT;',
  );
});

Deno.test("repairRows() deletes nothing that was not looked at", () => {
  const advice = adviceOn({ key: ["id", "b"], extra: [["1", "x"]] });
  assertStringIncludes(
    advice,
    "Check first: on \"standby\", in database \"app\": whose they are: SELECT * FROM public.t WHERE (id, b) IN (('1', 'x')); " +
      "Then if nobody needs them, in the same place: DELETE FROM public.t WHERE (id, b) IN (('1', 'x')); If that is wrong, " +
      "they exist nowhere else",
  );
  assertEquals(advice.includes("INSERT"), false);
});

Deno.test("repairRows() has nothing to insert where it would go on, or without a key", () => {
  for (
    const rows of [{ isPublishedAgain: true }, { columns: Array.from({ length: 100 }, (_, i) => `c${i}`) }]
  ) {
    const advice = adviceOn({ ...rows, toCopy: [["1"]] });
    assertStringIncludes(
      advice,
      "The rows WHERE id IN ('1') differ or are missing on \"standby\". Copy them by hand: ",
    );
    assertEquals(advice.includes("INSERT"), false);
  }
  assertStringIncludes(adviceOn(null), "compare them by hand");
  assertStringIncludes(adviceOn({ key: [] }), "compare them by hand");
});
