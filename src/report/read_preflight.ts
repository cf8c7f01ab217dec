import { z } from "zod";
import {
  PREFLIGHT_KINDS,
  PREFLIGHT_PARTS,
  PREFLIGHT_VERDICTS,
  PREFLIGHT_WEIGHTS,
} from "../cluster/preflight/preflight.ts";
import { PREFLIGHT_VERSION, type PreflightReport } from "./preflight.ts";

/** What the text and the exit code depend on; all other keys are kept as they are. */
const preflightSchema = z.looseObject({
  version: z.literal(PREFLIGHT_VERSION),
  timestamp_unix_seconds: z.number(),
  exporter: z.looseObject({ version: z.string() }),
  candidate: z.string(),
  primary: z.string().nullable(),
  kind: z.enum(PREFLIGHT_KINDS),
  verdict: z.enum(PREFLIGHT_VERDICTS),
  headline: z.string(),
  points: z.array(z.looseObject({
    part: z.enum(PREFLIGHT_PARTS),
    weight: z.enum(PREFLIGHT_WEIGHTS),
    text: z.string(),
    advice: z.string(),
  })),
  steps: z.array(z.looseObject({
    title: z.string(),
    where: z.string(),
    commands: z.array(z.string()),
    expect: z.string(),
  })),
});

/**
 * Reads a preflight from JSON.
 *
 * @param json The text.
 * @returns The preflight, with unknown keys kept.
 * @throws {SyntaxError} When it is not JSON, not a preflight, or of another version.
 */
export function readPreflight(json: string): PreflightReport {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new SyntaxError("Cannot read the preflight: expected JSON, got other text");
  }
  if (isPreflight(value)) return value;
  const [issue] = preflightSchema.safeParse(value).error?.issues ?? [];
  throw new SyntaxError(
    `Cannot read the preflight: ${
      issue?.path.join(".")
    }: ${issue?.message}; use the same release on both sides`,
  );
}

function isPreflight(value: unknown): value is PreflightReport {
  return preflightSchema.safeParse(value).success;
}
