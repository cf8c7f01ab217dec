import { occupiedNames } from "../../src/metrics/definition.ts";
import type { FamilyDefinition } from "../../src/metrics/family.ts";
import { LINT_EXCEPTIONS, type LintException } from "./metric_lint_exceptions.ts";
import { LINT_RULES } from "./metric_lint_rules.ts";

/** One family that breaks one rule. */
export interface LintProblem {
  /** Name of the family. */
  readonly family: string;
  /** Name of the rule. */
  readonly rule: string;
  /** What is wrong. */
  readonly message: string;
}

/** Result of linting a catalogue. */
export interface LintReport {
  /** Problems no exception covers. */
  readonly problems: readonly LintProblem[];
  /** Exceptions that cover no problem and should be removed. */
  readonly unused: readonly LintException[];
}

/** Lints one family by every rule, without exceptions. */
export function lintFamily(family: FamilyDefinition): readonly LintProblem[] {
  return Object.entries(LINT_RULES).flatMap(([rule, check]) =>
    check(family).map((message) => ({ family: family.name, rule, message }))
  );
}

/** Lints a whole catalogue: each family by itself, and all for conflicting names; `exceptions` are accepted problems. */
export function lintCatalogue(
  families: readonly FamilyDefinition[],
  exceptions: readonly LintException[] = LINT_EXCEPTIONS,
): LintReport {
  const found = [...families.flatMap(lintFamily), ...lintClashes(families)];
  const covers = (exception: LintException, problem: LintProblem) =>
    exception.family === problem.family && exception.rule === problem.rule;
  return {
    problems: found.filter((problem) => !exceptions.some((exception) => covers(exception, problem))),
    unused: exceptions.filter((exception) => !found.some((problem) => covers(exception, problem))),
  };
}

function lintClashes(families: readonly FamilyDefinition[]): LintProblem[] {
  const problems: LintProblem[] = [];
  const owners = new Map<string, string>();
  for (const family of families) {
    for (const name of occupiedNames(family)) {
      const owner = owners.get(name);
      if (owner === undefined) owners.set(name, family.name);
      else {
        const message = owner === family.name
          ? "is defined twice"
          : `and "${owner}" are both "${name}" in OpenMetrics`;
        problems.push({ family: family.name, rule: "clash", message });
        break;
      }
    }
  }
  return problems;
}
