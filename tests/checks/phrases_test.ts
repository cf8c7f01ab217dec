import { assertEquals } from "@std/assert";
import { checkPhrases, isReadByPeople } from "./phrases.ts";
import { readTree } from "./source_tree.ts";

const files = (await readTree()).filter(({ path }) => isReadByPeople(path));

for (
  const text of [
    "No server leaves us without an answer",
    "No server turns the exporter's login down",
    "all 0 when it lacks nothing",
    "What it lacks is kept",
    "names that lead nowhere keep nobody out",
    "one that keeps nobody out",
    "Is told of what is our own fault",
    "who is told twice",
    "until it tells",
    "and does not tell",
    "its own word",
    "read anew",
    "a dear hash",
    "the dearest one",
    "null when nobody can tell",
    "nobody knows which",
    "has gone, whoever ended it",
    "lets go of the slot",
    "is of no use",
    "as good as lost",
    "stands still until that",
    "stands until then",
    "at the present rate",
    "kept in step",
    "the SQL that mends them",
    "is not reached",
    "the one before stays",
    "says so by itself",
  ]
) {
  Deno.test(`checkPhrases() refuses "${text}"`, () => {
    assertEquals(checkPhrases({ path: "src/a.ts", text }).length > 0, true);
  });
}

Deno.test("checkPhrases() names the line, also of a phrase that is broken over two", () => {
  const text = [
    "/**",
    " * A row whose own",
    " * word is late.",
    " */",
    'const help = "It is of " +',
    '  "no use";',
    "// stands",
    "// until then",
  ].join("\n");
  assertEquals(checkPhrases({ path: "src/a.ts", text }), [
    'src/a.ts:2 says "own word": reported by itself',
    'src/a.ts:5 says "of no use": useless, not usable',
    'src/a.ts:7 says "stands until": remains, persists',
  ]);
});

for (
  const text of [
    "listens on all addresses unless told otherwise",
    "the value in step 3 of the list",
    "const ownWords = tellsOf(standing);",
    "SELECT pg_last_wal_replay_lsn() -- stands for replay",
    "FATAL:  terminating connection due to administrator command",
    "ERROR:  requested WAL segment 000000010000000000000003 has already been removed",
    "It lacks a privilege: GRANT pg_monitor TO monitor",
    "the amendment recommends a meander",
    "    mend      It receives nothing",
  ]
) {
  Deno.test(`checkPhrases() accepts ${text}`, () => {
    assertEquals(checkPhrases({ path: "src/a.ts", text }), []);
  });
}

Deno.test("isReadByPeople() leaves tests out", () => {
  assertEquals(
    ["src/a.ts", "main.ts", "README.md", "docs/a/b.md", ".github/C.md", "compose/x/y.cfg", "tests/a.ts"]
      .filter((path) => !isReadByPeople(path)),
    ["tests/a.ts"],
  );
});

Deno.test("checkPhrases() holds for everything that people read", () => {
  assertEquals(files.flatMap(checkPhrases), []);
});
