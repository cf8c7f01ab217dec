/**
 * `deno task test:majors`: the failure suite on every major version of PostgreSQL, or on those in `PGREPL_TEST_MAJORS`.
 *
 * Every file on every major is a separate run, so that no long file runs alone at the end. The tests wait more than they
 * compute: four at a time keep two cores busy.
 *
 * @module
 */
import { MAJORS } from "../lab/binaries.ts";
import { runSideBySide } from "./side_by_side.ts";

const DIRECTORY = "tests/chaos";
const JOBS = 4;

if (import.meta.main) {
  const majors = (Deno.env.get("PGREPL_TEST_MAJORS") ?? MAJORS.join(",")).split(",");
  const files = [...Deno.readDirSync(DIRECTORY)].map(({ name }) => `${DIRECTORY}/${name}`)
    .filter((path) => path.endsWith("_test.ts")).sort();
  const runs = files.flatMap((file) =>
    majors.map((major) => ({
      name: `${file} on PostgreSQL ${major}`,
      args: ["test", "-A", "--sanitize-ops", "--sanitize-resources", file],
      env: { PGREPL_TEST_MAJORS: major },
    }))
  );
  const failed = await runSideBySide(runs, { jobs: JOBS });
  const verdict = failed.length === 0
    ? `Everything passed on PostgreSQL ${majors.join(", ")}`
    : `Failed: ${failed.join("; ")}`;
  await Deno.stderr.write(new TextEncoder().encode(`${verdict}\n`));
  Deno.exit(failed.length === 0 ? 0 : 1);
}
