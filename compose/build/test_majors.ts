/**
 * `deno task test:majors [FOLDER ...]`: the failure suite and the advice carried out, or the tests of the given folders, on
 * every major of PostgreSQL, or on those that `PGREPL_TEST_MAJORS` names.
 *
 * Here every file on every major is a separate run, so that no long file is left running alone at the end. The tests
 * mostly wait: four at a time keep two cores busy.
 *
 * @module
 */
import { MAJORS } from "../lab/binaries.ts";
import { runSideBySide } from "./side_by_side.ts";

const DIRECTORIES = ["tests/chaos", "tests/chaos/logical", "tests/advice"];
const JOBS = 4;

if (import.meta.main) {
  const majors = (Deno.env.get("PGREPL_TEST_MAJORS") ?? MAJORS.join(",")).split(",");
  const directories = Deno.args.length > 0 ? Deno.args : DIRECTORIES;
  const files = directories.flatMap((directory) =>
    [...Deno.readDirSync(directory)].map(({ name }) => `${directory}/${name}`)
  ).filter((path) => path.endsWith("_test.ts")).sort();
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
