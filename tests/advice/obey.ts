/**
 * Cases of advice that is carried out, and how they run: one cluster for each table of cases and each major version.
 *
 * `PGREPL_TEST_MAJORS=13,14` lists major versions; only 15 when it is not set. `PGREPL_TEST_ADVICE=no_slot,stranded`
 * lists the findings.
 *
 * @module
 */
import type { ClusterOptions } from "../../compose/lab/cluster.ts";
import { type AdviceBranch, EXECUTED_ADVICE } from "../../compose/build/executed_advice.ts";
import { AdviceBench, reasonNotToObey } from "./bench.ts";

/** Makes the fault, does what the advice says, and leaves a healthy cluster. */
export type AdviceCase = (bench: AdviceBench) => Promise<void>;

/** Cases by finding and branch. */
export type AdviceCases = Readonly<Partial<Record<AdviceBranch, AdviceCase>>>;

const majors = (Deno.env.get("PGREPL_TEST_MAJORS") ?? "15").split(",").map(Number);
const only = Deno.env.get("PGREPL_TEST_ADVICE")?.split(",");

/** Names of the cases of a table. */
export function branchesOf(cases: AdviceCases): readonly AdviceBranch[] {
  return Object.keys(EXECUTED_ADVICE).filter((name): name is AdviceBranch => name in cases);
}

/** Defines a test for each major version; its cases run one after the other on one cluster. */
export function obeyOnMajors(
  name: string,
  { options = {}, cases, isAlone = false }: {
    readonly options?: ClusterOptions;
    readonly cases: AdviceCases;
    /** Each case has a cluster of its own, which it may leave in any state. */
    readonly isAlone?: boolean;
  },
): void {
  for (const major of majors) {
    const branches = branchesOf(cases).filter((branch) =>
      majorsOf(branch).includes(major) && (only?.some((each) => branch.startsWith(each)) ?? true)
    );
    if (branches.length === 0) continue;
    Deno.test({
      name: `${name}: the advice carried out on PostgreSQL ${major}`,
      ignore: reasonNotToObey !== null,
      fn: async (t) => {
        const open = async () => {
          const bench = await AdviceBench.open(major, options);
          await bench.fine("");
          return bench;
        };
        await using shared = isAlone ? null : await open();
        for (const branch of branches) {
          const isDone = await t.step(branch, async () => {
            await using own = shared === null ? await open() : null;
            const bench = shared ?? own;
            if (bench !== null) await cases[branch]?.(bench);
          });
          // After a failure the fault is still there, and says nothing about the next case.
          if (!isDone && !isAlone) break;
        }
      },
    });
  }
}

function majorsOf(branch: AdviceBranch): readonly number[] {
  return EXECUTED_ADVICE[branch];
}
