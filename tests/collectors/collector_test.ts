import { assertEquals, assertRejects } from "@std/assert";
import {
  type CollectContext,
  type Collector,
  defineCollector,
  statementFor,
} from "../../src/collectors/collector.ts";
import { requireNumber, type Row } from "../../src/postgres/decode.ts";
import { PostgresError } from "../../src/postgres/errors.ts";

const statements = [
  { until: 140000, sql: "old" },
  { from: 140000, until: 170000, sql: "middle" },
  { from: 170000, sql: "new" },
];

Deno.test("statementFor() takes the range that holds the version, its end not included", () => {
  assertEquals(statementFor(statements, 130023), "old");
  assertEquals(statementFor(statements, 140000), "middle");
  assertEquals(statementFor(statements, 169999), "middle");
  assertEquals(statementFor(statements, 170000), "new");
  assertEquals(statementFor(statements, 990000), "new");
});

Deno.test("statementFor() is null when there is none for the version", () => {
  assertEquals(statementFor(statements.slice(1), 130023), null);
  assertEquals(statementFor([], 180004), null);
});

/** The smallest collector: one number per row. */
const DECLARED = {
  name: "archive_queue",
  help: "Numbers",
  roles: ["primary"],
  sql: [{ from: 130000, until: 150000, sql: "old" }, { from: 150000, sql: "new" }],
  decode: (row: Row) => ({ readyFiles: requireNumber(row, "n") }),
  families: {},
} as const;

function answerTo(asked: unknown[], answer: readonly Row[] | Error, versionNum = 150000): CollectContext {
  return {
    versionNum,
    role: "primary",
    query: (...question) => {
      asked.push(question);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

async function numbersOf(collector: Collector<"archive_queue">, context: CollectContext): Promise<number[]> {
  return (await Array.fromAsync(collector.collect(context))).map(({ readyFiles }) => readyFiles);
}

Deno.test("a collector sends the version's statement and decodes each row", async () => {
  const asked: unknown[] = [];
  const context = answerTo(asked, [{ n: "1" }, { n: "2" }], 149999);
  assertEquals(await numbersOf(defineCollector(DECLARED), context), [1, 2]);
  assertEquals(asked, [["old", {}]]);
});

Deno.test("a collector passes its own timeout on", async () => {
  const asked: unknown[] = [];
  const collector = defineCollector({ ...DECLARED, statementTimeoutSeconds: 0.5 });
  assertEquals(await numbersOf(collector, answerTo(asked, [])), []);
  assertEquals(asked, [["new", { statementTimeoutSeconds: 0.5 }]]);
});

Deno.test("a collector sends nothing when there is no statement for the version", async () => {
  const asked: unknown[] = [];
  assertEquals(await numbersOf(defineCollector(DECLARED), answerTo(asked, [{ n: "1" }], 120000)), []);
  assertEquals(asked, []);
});

Deno.test("a collector with one statement sends it to every version", async () => {
  const asked: unknown[] = [];
  const collector = defineCollector({ ...DECLARED, sql: "always" });
  assertEquals(await numbersOf(collector, answerTo(asked, [{ n: "1" }], 120000)), [1]);
  assertEquals(collector.statements, [{ sql: "always" }]);
});

Deno.test("a collector fails on a row that is not what the statement promises", async () => {
  await assertRejects(
    () => numbersOf(defineCollector(DECLARED), answerTo([], [{ n: null }])),
    TypeError,
    'Cannot decode column "n": expected a value, got NULL',
  );
});

Deno.test("a collector yields each fact before it decodes the next row", async () => {
  const facts = defineCollector(DECLARED).collect(answerTo([], [{ n: "1" }, { n: "broken" }]));
  assertEquals(await facts.next(), { done: false, value: { readyFiles: 1 } });
  await assertRejects(() => facts.next(), TypeError);
});

Deno.test("a collector takes the SQLSTATE it declares for no rows, and no other", async () => {
  const failure = (sqlstate: string | null) =>
    new PostgresError("Cannot read", { kind: "protocol", step: "query", sqlstate });
  const collector = defineCollector({ ...DECLARED, emptyOn: "55000" });
  assertEquals(await numbersOf(collector, answerTo([], failure("55000"))), []);
  await assertRejects(() => numbersOf(collector, answerTo([], failure("57014"))), PostgresError);
  await assertRejects(() => numbersOf(collector, answerTo([], new Error("55000"))), Error);
  await assertRejects(() => numbersOf(defineCollector(DECLARED), answerTo([], failure(null))), PostgresError);
});

Deno.test("a collector measures its families in each of the five ways", () => {
  const { families, measure } = defineCollector({
    ...DECLARED,
    key: { slot: (fact, taken) => `s${fact.readyFiles}${taken.add(String(taken.size)).size}` },
    isHidden: (fact) => fact.readyFiles < 0,
    families: {
      x_value: { help: "V.", value: (fact) => fact.readyFiles },
      x_values: { help: "V.", label: "by", values: (fact) => ({ half: fact.readyFiles / 2, unknown: null }) },
      x_state: { help: "S.", label: "state", states: ["odd", "even"], state: () => "odd" },
      x_info: { help: "I.", info: { text: (fact) => `n${fact.readyFiles}` } },
      x_all: { help: "A.", total: (facts) => facts.length },
    },
  });
  assertEquals(families.map(({ name, labels }) => [name, ...labels.slice(2)]), [
    ["x_value", "slot"],
    ["x_values", "slot", "by"],
    ["x_state", "slot", "state"],
    ["x_info", "slot", "text"],
    ["x_all"],
  ]);
  const samples = [...measure([{ readyFiles: 4 }, { readyFiles: -1 }], { instance: "a" })];
  assertEquals(samples.map(({ family, labels, value }) => [family.name, labels, value]), [
    ["x_all", { instance: "a" }, 2],
    ["x_value", { instance: "a", slot: "s41" }, 4],
    ["x_values", { instance: "a", slot: "s41", by: "half" }, 2],
    ["x_state", { instance: "a", slot: "s41", state: "odd" }, 1],
    ["x_state", { instance: "a", slot: "s41", state: "even" }, 0],
    ["x_info", { instance: "a", slot: "s41", text: "n4" }, 1],
  ]);
});
