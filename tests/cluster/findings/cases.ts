/**
 * Tables of cases for checks: what raises a finding and what does not.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Check, type CheckContext, DEFAULT_CHECK_CONTEXT } from "../../../src/cluster/findings/check.ts";
import { runChecks } from "../../../src/cluster/findings/run_checks.ts";
import type { View } from "../../../src/domain/view.ts";
import { CERTAINTIES, MANAGERS } from "../../../src/domain/manager.ts";
import { checkManagedAdvice, underManager } from "./managed.ts";
import { splitAdvice } from "../../../src/report/page/advice.ts";
import { unprovenIn } from "../../checks/destructive_statements.ts";
import { viewOf, withoutFacts } from "./views.ts";

/** One case. */
export interface CheckCase {
  /** The check it is about; of the others nothing is said. */
  readonly check: string;
  /** What is the matter, for the name of the test. */
  readonly when: string;
  /** What is known. */
  readonly view: View;
  /** What else is known. */
  readonly context?: Partial<CheckContext>;
  /** `severity server subject` of each finding, in order; `[]` when there is none. */
  readonly raises: readonly string[];
  /** What the first finding's summary, evidence and advice, put together, must say. */
  readonly says?: readonly string[];
  /** The facts it reads are derived into the view before: it is raised without the collectors as well. */
  readonly derived?: boolean;
}

function isOpenSql(code: string): boolean {
  return /^(?:SELECT|ALTER|GRANT|CREATE|DROP|SHOW)\b/.test(code) && !code.endsWith(";");
}

/**
 * Tests checks: each case; that each check has a case that raises it and one that does not; that nothing is raised
 * of a healthy cluster, and nothing when the facts that a check reads are not known.
 */
export function testChecks(checks: readonly Check[], cases: readonly CheckCase[]): void {
  const find = (name: string, view: View, context: Partial<CheckContext> = {}) =>
    runChecks(view, {
      checks: checks.filter((check) => check.name === name),
      context: { ...DEFAULT_CHECK_CONTEXT, ...context },
    });
  for (const { check, when, view, context, raises, says = [], derived = false } of cases) {
    Deno.test(`${check}: ${when}`, () => {
      const findings = find(check, view, context);
      assertEquals(
        findings.map(({ severity, server, subject }) => `${severity} ${server} ${subject}`.trimEnd()),
        raises,
      );
      for (const { advice } of findings) {
        assertEquals(unprovenIn(advice), [], `it destroys something, without proof: ${advice}`);
        const open = splitAdvice(advice).filter(({ kind, text }) => kind === "code" && isOpenSql(text));
        assertEquals(open, [], "psql would wait for the rest");
      }
      const [first] = findings;
      for (const text of says) {
        assertStringIncludes(`${first?.summary}\n${first?.evidence}\n${first?.advice}`, text);
      }
      const reads = checks.find(({ name }) => name === check)?.reads ?? [];
      if (derived || reads.length === 0) return;
      assertEquals(find(check, withoutFacts(view, reads), context), [], "raised although nothing is known");
      const allDown = view.servers.map((server) => ({ ...server, up: false, trouble: null }));
      assertEquals(find(check, { ...view, servers: allDown }, context), [], "raised from stale facts");
    });
  }
  Deno.test(`cases raise and do not raise each of ${checks.map(({ name }) => name).join(", ")}`, () => {
    for (const { name } of checks) {
      const its = cases.filter(({ check }) => check === name);
      assert(its.some(({ raises }) => raises.length > 0), `no case raises ${name}`);
      assert(its.some(({ raises }) => raises.length === 0), `no case leaves ${name} unraised`);
    }
    const names = new Set(checks.map(({ name }) => name));
    assertEquals(cases.filter(({ check }) => !names.has(check)).map(({ check }) => check), []);
  });
  const names = checks.map(({ name }) => name).join(", ");
  Deno.test(`under a manager no advice has steps by hand: ${names}`, () => {
    for (const { check, when, view, context } of cases) {
      for (const manager of MANAGERS) {
        for (const certainty of CERTAINTIES) {
          for (const { advice } of find(check, underManager(view, { manager, certainty }), context)) {
            assertEquals(checkManagedAdvice(advice, { manager, certainty }), [], `${check}, ${when}`);
          }
        }
      }
    }
  });
  Deno.test(`a healthy cluster raises none of ${checks.map(({ name }) => name).join(", ")}`, () => {
    assertEquals(runChecks(viewOf(), { checks }).filter(({ severity }) => severity !== "info"), []);
  });
}
