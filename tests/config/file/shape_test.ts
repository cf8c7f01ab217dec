import { assertEquals } from "@std/assert";
import { z } from "zod";
import { parseFile } from "../../../src/config/file/document.ts";
import { shapeProblems } from "../../../src/config/file/shape.ts";

const schema = z.strictObject({
  name: z.string({ error: "expected a text" }),
  list: z.array(z.strictObject({ size: z.number({ error: "expected a number" }) })).optional(),
});

function problems(text: string): readonly string[] {
  return shapeProblems(parseFile(text).root, schema).map((each) =>
    `${each.line}:${each.column} ${each.sentence}`
  );
}

Deno.test("shapeProblems() names place, key and what was expected", () => {
  assertEquals(problems("name: a\nlist:\n  - size: 1"), []);
  assertEquals(problems("name: 1\nlist:\n  - size: x\n  - {}"), [
    "1:7 name: expected a text",
    "3:11 size: expected a number",
    '4:5 the key "size" is missing, expected a number',
  ]);
});

Deno.test("shapeProblems() repeats an unknown key only when one that is known is close", () => {
  assertEquals(problems("nmae: a\nS3cret: b"), [
    '1:1 the key "name" is missing, expected a text',
    '1:1 unknown key "nmae", did you mean "name"?',
    "2:1 unknown key, expected one of name, list",
  ]);
});
