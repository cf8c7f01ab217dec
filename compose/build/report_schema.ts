/**
 * The JSON Schema of reports.
 *
 * @module
 */
import { z } from "zod";
import { reportSchema } from "../../src/report/schema.ts";

/**
 * The whole schema.
 *
 * @returns JSON; ends in a line feed.
 */
export function renderReportSchema(): string {
  const schema = z.toJSONSchema(reportSchema, {
    target: "draft-2020-12",
    override: ({ jsonSchema }) => {
      if (jsonSchema.properties !== undefined) jsonSchema.additionalProperties = true;
      if (jsonSchema.$ref !== undefined) delete jsonSchema.additionalProperties;
    },
  });
  return `${JSON.stringify(schema, null, 2)}\n`;
}
