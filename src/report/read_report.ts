import { type Report, REPORT_VERSION } from "./model.ts";
import { reportSchema } from "./schema.ts";

/** Problems listed; the rest are counted. */
const MOST_PROBLEMS = 3;

/**
 * Reads a report from JSON.
 *
 * @param json The text.
 * @returns The report, with unknown keys kept.
 * @throws {SyntaxError} When it is not JSON, not a report, of another version, or a key has an invalid value: with its
 *   path.
 */
export function readReport(json: string): Report {
  const value = parseJson(json);
  const version = versionOf(value);
  if (version === null) rejectReport(`expected an object with the key "version", got other JSON`);
  if (version !== REPORT_VERSION) {
    rejectReport(
      `expected version ${REPORT_VERSION}, got ${
        JSON.stringify(version)
      }; use the same release on both sides`,
    );
  }
  const result = reportSchema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const shown = issues.slice(0, MOST_PROBLEMS).map(({ path, message }) => `${formatPath(path)}: ${message}`);
  const more = issues.length > shown.length ? `; and ${issues.length - shown.length} more` : "";
  rejectReport(`${shown.join("; ")}${more}; if the exporter is of another release, use the same one`);
}

function rejectReport(reason: string): never {
  throw new SyntaxError(`Cannot read the report: ${reason}`);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    rejectReport("expected JSON, got other text");
  }
}

function versionOf(value: unknown): unknown {
  return typeof value === "object" && value !== null && "version" in value ? value.version ?? null : null;
}

/** A path as in JavaScript: `clusters[0].standbys[1].lag_seconds`. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.map((part) => typeof part === "number" ? `[${part}]` : `.${String(part)}`).join("")
    .replace(/^\./, "");
}
