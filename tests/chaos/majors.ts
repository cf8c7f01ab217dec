/**
 * The versions of PostgreSQL that the failure suite runs on.
 *
 * `PGREPL_TEST_MAJORS=13,14` lists major versions; only 18 when it is not set.
 *
 * @module
 */
import { isMajor, MAJORS } from "../../compose/lab/binaries.ts";
import { reasonToSkip } from "../live/support.ts";

/** Major versions to run on: those that are named, else some. */
export function majorsOr(...some: readonly number[]): readonly number[] {
  const named = Deno.env.get("PGREPL_TEST_MAJORS");
  if (named === undefined) return some;
  return named.split(",").map((word) => {
    const major = Number(word);
    if (!isMajor(major)) {
      throw new RangeError(`PGREPL_TEST_MAJORS names "${word}": expected some of ${MAJORS.join(",")}`);
    }
    return major;
  });
}

/** Major versions of the failure suite. */
export const majors: readonly number[] = majorsOr(18);

/** Defines a test for each major version. */
export function testOnMajors(
  name: string,
  body: (t: Deno.TestContext, major: number) => Promise<void>,
): void {
  for (const major of majors) {
    Deno.test({
      name: `${name} on PostgreSQL ${major}`,
      ignore: reasonToSkip() !== null,
      fn: (t) => body(t, major),
    });
  }
}
