import { type Report, REPORT_VERSION } from "./model.ts";
import { reportSchema } from "./schema.ts";

/** How many problems are told; a text of another kind has hundreds. */
const MOST_PROBLEMS = 3;

/**
 * Reads a report that was written as JSON.
 *
 * @param json The text.
 * @returns The report; keys that are not known are kept.
 * @throws {SyntaxError} When it is not JSON, not a report, of another version, or a key holds what it must not: with
 *   its path.
 */
export function readReport(json: string): Report {
  const value = parseJson(json);
  const version = versionOf(value);
  if (version === null) {
    throw new SyntaxError(
      `Cannot read the report: expected an object with the key "version", got other JSON`,
    );
  }
  if (version !== REPORT_VERSION) {
    throw new SyntaxError(
      `Cannot read the report: expected version ${REPORT_VERSION}, got ${
        JSON.stringify(version)
      }; use the same ` +
        "release here and there",
    );
  }
  const result = reportSchema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const told = issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => `${formatPath(path)}: ${message}`);
  const more = issues.length > told.length ? `; and ${issues.length - told.length} more` : "";
  throw new SyntaxError(
    `Cannot read the report: ${
      told.join("; ")
    }${more}; when the exporter is of another release, use the same one`,
  );
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new SyntaxError("Cannot read the report: expected JSON, got other text");
  }
}

function versionOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "version" in value ? value.version ?? null : null;
}

/** As one would write it in a program: `clusters[0].standbys[1].lag_seconds`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("").replace(
    /^\./,
    "",
  );
}
