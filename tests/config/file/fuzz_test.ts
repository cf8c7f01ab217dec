import { assert } from "@std/assert";
import fc from "fast-check";
import { readCorpus, runWith } from "./corpus.ts";

const CANARY = "S3cret-canary";
const good = (await readCorpus("good")).map(({ text }) => text);

/** A file with secrets at every place where one may be. */
const WITH_SECRETS = `connection:
  user: u
  password: ${CANARY}
clusters:
  - name: a
    connection:
      password: "${CANARY}"
    servers:
      - name: a1
        dsn: postgresql://u:${CANARY}@db1/postgres
      - name: a2
        dsn: host=db2 user=u password=${CANARY}
        sslpassword: ${CANARY}
servers:
  - name: b
    host: b
    password: '${CANARY}'
probe:
  modules:
    default:
      user: u
      password: ${CANARY}
`;

/** What a slip of the hand does to a file. */
const slip = fc.record({
  kind: fc.constantFrom("insert", "remove", "replace", "line-twice", "line-gone", "indent", "outdent"),
  at: fc.nat({ max: 2000 }),
  text: fc.constantFrom(
    ":",
    "-",
    "#",
    '"',
    "'",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&",
    "*",
    "!",
    "|",
    ">",
    "%",
    "@",
    "\t",
    "\n",
    " ",
    "x",
    "7",
    "\\",
    "---\n",
  ),
});

function apply(text: string, { kind, at, text: piece }: { kind: string; at: number; text: string }): string {
  const lines = text.split("\n");
  const line = at % lines.length;
  const offset = at % (text.length + 1);
  switch (kind) {
    case "insert":
      return text.slice(0, offset) + piece + text.slice(offset);
    case "remove":
      return text.slice(0, offset) + text.slice(offset + 1);
    case "replace":
      return text.slice(0, offset) + piece + text.slice(offset + 1);
    case "line-twice":
      return lines.toSpliced(line, 0, lines[line] ?? "").join("\n");
    case "line-gone":
      return lines.toSpliced(line, 1).join("\n");
    case "indent":
      return lines.with(line, `  ${lines[line] ?? ""}`).join("\n");
    default:
      return lines.with(line, (lines[line] ?? "").replace(/^ {2}/, "")).join("\n");
  }
}

/** A run ends with 0 or with problems of the configuration, and never shows what is secret. */
async function check(text: string): Promise<void> {
  const { code, stderr, stdout } = await runWith({ name: "f", text });
  assert(code === 0 || code === 2, `${code}: ${stderr}`);
  // Pieces of it as well: a slip may have cut it in two.
  assert(!/S3cr|cret-|canary/.test(stdout + stderr), stderr);
}

Deno.test("any text is a valid file or a ConfigError", async () => {
  const key = fc.constantFrom(
    "servers",
    "clusters",
    "name",
    "dsn",
    "labels",
    "probe",
    "modules",
    "log",
    "level",
    "__proto__",
    "constructor",
    "<<",
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string(),
      tie("map"),
      tie("list"),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    ),
    map: fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
    list: fc.array(tie("tree"), { maxLength: 3 }),
  }));
  const texts = fc.oneof(
    fc.string({ maxLength: 200, unit: "grapheme" }),
    fc.string({ maxLength: 80, unit: fc.constantFrom(..."ab:-[]{},&*!|>'\"#%@? \n\t") }),
    tree.map((value) => JSON.stringify(value)),
  );
  await fc.assert(fc.asyncProperty(texts, check), { numRuns: 400 });
});

Deno.test("typing mistakes in a valid file show no secret", async () => {
  const texts = fc.tuple(
    fc.constantFrom(WITH_SECRETS, WITH_SECRETS, ...good),
    fc.array(slip, { minLength: 1, maxLength: 4 }),
  )
    .map(([text, slips]) => slips.reduce(apply, text));
  await fc.assert(fc.asyncProperty(texts, check), { numRuns: 600 });
});
