/**
 * Reports of topologies and failures, compared with the files in `golden/`. After a change that is meant:
 * `deno test -A tests/report/golden_test.ts -- --update`, and read the difference.
 */
import { assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/dist/2020.js";
import { renderReportJson } from "../../src/report/json.ts";
import { readReport } from "../../src/report/read_report.ts";
import { renderReportText } from "../../src/report/text/report.ts";
import { goldenViews, reportOf } from "./golden_views.ts";
import type { Status } from "../../src/report/model.ts";

const FOLDER = new URL("golden/", import.meta.url).pathname;
const SCHEMA = new URL("../../docs/report.schema.json", import.meta.url).pathname;
const UPDATE = Deno.args.includes("--update");

/** What each is, for those who read no golden file: the statuses of the whole and of its standbys. */
const STATUSES: Readonly<Record<string, readonly [whole: Status, ...standbys: Status[]]>> = {
  one_standby_well: ["healthy", "healthy"],
  cascade: ["healthy", "healthy", "healthy"],
  no_standby: ["healthy"],
  split_brain: ["critical"],
  primary_down: ["critical", "warning"],
  standby_cut: ["critical", "critical", "healthy"],
  paused: ["warning", "warning"],
  delayed: ["healthy", "healthy"],
  lost_slot: ["critical", "critical"],
  never_reached: ["critical", "healthy", "critical"],
  nothing_reached: ["critical"],
  sync_short: ["critical", "healthy"],
  subscriptions: ["critical"],
};

async function check(file: string, text: string): Promise<void> {
  const path = FOLDER + file;
  if (UPDATE) {
    await Deno.mkdir(FOLDER, { recursive: true });
    await Deno.writeTextFile(path, text);
  }
  assertEquals(text, await Deno.readTextFile(path));
}

const validate = new Ajv2020({ allErrors: true }).compile(JSON.parse(await Deno.readTextFile(SCHEMA)));

for (const { name, view } of goldenViews()) {
  const whole = reportOf(view);
  // What was checked and fine is the business of derive_checks_test.ts, and grows with every check.
  const report = { ...whole, checks: whole.checks.filter(({ findings }) => findings > 0) };
  const json = renderReportJson(report);

  Deno.test(`the report of ${name} is as it was`, async () => {
    await check(`${name}.json`, json);
    await check(`${name}.txt`, renderReportText({ ...report, checks: [] }, { width: 80, color: false }));
  });

  Deno.test(`the report of ${name} has its statuses`, () => {
    const standbys = report.clusters.flatMap((cluster) => cluster.standbys);
    assertEquals([report.status, ...standbys.map(({ status }) => status)], STATUSES[name]);
  });

  Deno.test(`the report of ${name} fits the schema, and is read back as it was`, () => {
    assertEquals(validate(JSON.parse(json)), true, JSON.stringify(validate.errors));
    assertEquals(readReport(json), report);
  });
}

Deno.test("the golden folder has no file that nothing checks", async () => {
  const names = goldenViews().flatMap(({ name }) => [`${name}.json`, `${name}.txt`]).sort();
  const files = (await Array.fromAsync(Deno.readDir(FOLDER))).map(({ name }) => name).sort();
  assertEquals(files, names);
});
