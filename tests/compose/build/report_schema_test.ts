import { assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { renderReportSchema } from "../../../compose/build/report_schema.ts";

const schema: unknown = JSON.parse(renderReportSchema());

/** Every object in a JSON value that describes keys. */
function* objectsWithKeys(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (typeof value !== "object" || value === null) return;
  if ("properties" in value) yield { ...value };
  for (const each of Object.values(value)) yield* objectsWithKeys(each);
}

Deno.test("renderReportSchema() is a schema of draft 2020-12 that describes every object and key", () => {
  const ajv = new Ajv2020({ strict: true });
  assertEquals(ajv.validateSchema(Object(schema)), true);
  const objects = [...objectsWithKeys(schema)];
  assertEquals(objects.length > 15, true);
  for (const object of objects) {
    assertEquals(object.additionalProperties, true);
    assertEquals(typeof object.description, "string");
    for (const [key, property] of Object.entries(Object(object.properties))) {
      assertEquals(typeof Object(property).description, "string", key);
    }
  }
});
