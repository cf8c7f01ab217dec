import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import type { Check } from "../../../src/cluster/findings/check.ts";
import { checks } from "../../../src/cluster/findings/checks.ts";
import { runChecks } from "../../../src/cluster/findings/run_checks.ts";
import { type RaisedFinding, SEVERITIES } from "../../../src/domain/finding.ts";
import { recovery, settings, slot } from "../fixtures.ts";
import { arbitraryView } from "./arbitrary_view.ts";
import { down, viewOf } from "./views.ts";

const CANCELLED = new Map([["standby", 1]]);

Deno.test("no check throws on any view, and every finding is complete, unique, and of its check's severities", () => {
  const seen = new Set<string>();
  const property = fc.property(arbitraryView, (view) => {
    const findings: RaisedFinding[] = [];
    for (const check of checks) {
      const context = { lagWarningSeconds: 60, lagCriticalSeconds: 300, cancelledRecently: CANCELLED };
      for (const diagnosis of check.find(view, context)) {
        findings.push({ check: check.name, subject: "", ...diagnosis });
      }
    }
    const keys = findings.map(({ check, server, subject }) => JSON.stringify([check, server, subject]));
    assertEquals(keys.filter((key, index) => keys.indexOf(key) !== index), []);
    for (const finding of findings) {
      seen.add(finding.check);
      const check = checks.find(({ name }) => name === finding.check);
      assert(check?.severities.includes(finding.severity), `${finding.check} raised ${finding.severity}`);
      for (const text of [finding.server, finding.summary, finding.evidence, finding.advice]) {
        assert(text !== "" && !/undefined|NaN|\[object|null/.test(text), `${finding.check}: ${text}`);
      }
      for (const text of [finding.summary, finding.evidence, finding.advice]) {
        assert(!text.endsWith("."), text);
      }
    }
    assertEquals(runChecks(view).length <= findings.length, true);
  });
  fc.assert(property, { numRuns: 200 });
  fc.assert(property, { numRuns: 1000, seed: 15 });
  fc.assert(property, { numRuns: 1000, seed: 29 });
  // A sender row that bears the name of a server which another row feeds.
  fc.assert(property, { numRuns: 200, seed: -10370498 });
  // The generator reaches every check, so the property says something of each.
  assertEquals(checks.map(({ name }) => name).filter((name) => !seen.has(name)), []);
});

Deno.test("a healthy cluster raises nothing above info", () => {
  assertEquals(runChecks(viewOf()).filter(({ severity }) => severity !== "info"), []);
});

Deno.test("findings come worst first, then by check, server and subject, whatever the order of the facts", () => {
  const scene = (slots: readonly string[]) =>
    viewOf({
      standby: { recovery: [recovery({ pauseState: "paused" })] },
      derived: { lag: { bytes: 5 } },
      primary: {
        settings: [settings({ dataChecksums: false })],
        slots: slots.map((name) =>
          slot({ slot: name, active: false, restartPosition: 1n, retainedBytes: 1e9 })
        ),
      },
      servers: { standby: { isStranded: true } },
    });
  const shown = (slots: readonly string[]) =>
    runChecks(scene(slots)).map(({ check, severity, subject }) => [severity, check, subject]);
  assertEquals(shown(["b", "a"]), [
    ["critical", "stranded", ""],
    ["warning", "replay_paused", ""],
    ["warning", "slot_inactive", "a"],
    ["warning", "slot_inactive", "b"],
    ["info", "slots_keep_unlimited", ""],
    ["info", "checksums_off", ""],
  ]);
  assertEquals(shown(["a", "b"]), shown(["b", "a"]));
});

Deno.test("servers come in configured order within a check", () => {
  const view = viewOf({
    primarySnapshot: { clockOffsetSeconds: 9 },
    standbySnapshot: { clockOffsetSeconds: 90 },
  });
  assertEquals(runChecks(view).filter(({ check }) => check === "clock_off").map(({ server }) => server), [
    "primary",
    "standby",
  ]);
});

Deno.test("a check that throws is a finding and takes no other with it", () => {
  const [first] = checks;
  if (first === undefined) throw new Error("No checks");
  const broken: Check = {
    ...first,
    name: "broken",
    // deno-lint-ignore require-yield
    *find() {
      throw new RangeError("It broke");
    },
  };
  const view = viewOf({ standbySnapshot: down({}) });
  const findings = runChecks(view, { checks: [broken, ...checks] });
  const own = findings.find(({ check }) => check === "broken");
  assertEquals([own?.severity, own?.evidence], ["warning", "It broke"]);
  assertEquals(findings.filter(({ check }) => check !== "broken"), runChecks(view));
});

Deno.test("checks have unique names in snake_case, and say all that the catalogue shows", () => {
  const names = checks.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const { name, title, looksAt, severities, meaning, steps } of checks) {
    assert(/^[a-z]+(_[a-z]+)*$/.test(name), name);
    for (const text of [title, looksAt, meaning, ...steps]) assert(text.length > 4, name);
    assert(severities.length > 0 && steps.length > 0, name);
    assertEquals(severities, SEVERITIES.filter((severity) => severities.includes(severity)), name);
  }
});

Deno.test("every check is in a group whose cases raise and do not raise each of its checks", async () => {
  const read = async (path: string) => await Deno.readTextFile(new URL(path, import.meta.url));
  const registry = await read("../../../src/cluster/findings/checks.ts");
  const groups = [...registry.matchAll(/^import { (\w+Checks) } from "\.\/(\w+)\.ts";$/gm)];
  assertEquals(groups.length, [...registry.matchAll(/^ {2}\.\.\.\w+Checks,$/gm)].length);
  assert(groups.length > 0);
  for (const [, group, file] of groups) {
    const cases = await read(`./${file}_test.ts`);
    assert(cases.includes(`testChecks(${group}, `), `${file}_test.ts does not test ${group} by cases`);
  }
});
