import { assertEquals, assertThrows } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { readDescriptions, renderReportSchema } from "../../../compose/build/report_schema.ts";

const MODEL = (await Promise.all(
  ["model.ts", "model_checks.ts"].map((name) =>
    Deno.readTextFile(new URL(`../../../src/report/${name}`, import.meta.url))
  ),
)).join("\n");

/** Every object in a JSON value that describes keys. */
function* objectsWithKeys(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (typeof value !== "object" || value === null) return;
  if ("properties" in value) yield { ...value };
  for (const each of Object.values(value)) yield* objectsWithKeys(each);
}

Deno.test("readDescriptions() reads what stands before interfaces and keys", () => {
  const source =
    "/** An A. */\nexport interface A {\n  /** One\n   * and two. */\n  readonly b: string;\n}\n";
  assertEquals(readDescriptions(source), new Map([["A", new Map([["", "An A."], ["b", "One and two."]])]]));
});

Deno.test("renderReportSchema() is a schema of draft 2020-12, in which every key has a description", () => {
  const schema: unknown = JSON.parse(renderReportSchema(MODEL));
  const ajv = new Ajv2020({ strict: true });
  assertEquals(ajv.validateSchema(Object(schema)), true);
  const objects = [...objectsWithKeys(schema)];
  assertEquals(objects.length > 15, true);
  for (const object of objects) {
    assertEquals(object.additionalProperties, true);
    for (const [key, property] of Object.entries(Object(object.properties))) {
      assertEquals(typeof Object(property).description, "string", key);
    }
  }
});

Deno.test("renderReportSchema() refuses a key that the model does not have", () => {
  const error = assertThrows(
    () => renderReportSchema(MODEL.replace("readonly headline:", "readonly heading:")),
    Error,
  );
  assertEquals(error.message, "The model has no Report.headline with a doc comment");
});
