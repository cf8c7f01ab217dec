/**
 * Recorded series, and the unit test of rules that promtool makes of them.
 *
 * @module
 */
import { stringify } from "yaml";
import { alertGroups, recordings } from "../../src/report/alerts/catalogue.ts";
import { OBJECTIVE_SECONDS } from "../../src/report/alerts/lag_objective.ts";
import { buildRuleFile } from "../../src/report/alerts/rule_file.ts";
import { runWithInput } from "../exposition/programs.ts";

/** What the exporter said while something happened. */
export interface Recording {
  /** Between two scrapes. */
  readonly intervalSeconds: number;
  /** What happened when. */
  readonly acts: readonly { readonly atSeconds: number; readonly what: string }[];
  /** Values by series, one for each scrape, as {@linkcode packValues} writes them. */
  readonly series: Readonly<Record<string, string>>;
}

/** What fires at one moment: `Alert instance`, each as often as it fires; apart from info unless a test is about one alert. */
export interface Expectation {
  readonly atSeconds: number;
  readonly firing: readonly string[];
}

/** An expression that has no result at one moment. */
export interface Nothing {
  readonly atSeconds: number;
  readonly expression: string;
}

/** Values as text, shortened: `_` where there is none, `V*N` for N equal ones. */
export function packValues(values: readonly (number | null)[]): string {
  const runs: { readonly text: string; count: number }[] = [];
  for (const value of values) {
    const text = value === null ? "_" : String(Number(value.toPrecision(7)));
    const last = runs.at(-1);
    if (last?.text === text) last.count++;
    else runs.push({ text, count: 1 });
  }
  return runs.map(({ text, count }) => count === 1 ? text : `${text}*${count}`).join(" ");
}

/** The values that {@linkcode packValues} has shortened. */
export function unpackValues(text: string): readonly string[] {
  return text.split(" ").flatMap((run) => {
    const [value = "", count = "1"] = run.split("*");
    return Array.from({ length: Number(count) }, () => value);
  });
}

/** Names of the families that expressions select. */
export function familiesOf(rules: readonly { readonly expression: string }[]): ReadonlySet<string> {
  return new Set(
    rules.flatMap(({ expression }) => expression.match(/(?<![:\w])pg(?:repl)?_[a-z0-9_]+/g) ?? []),
  );
}

/** A series as Prometheus writes it. */
export function formatSeries(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== "").sort(([a], [b]) => a < b ? -1 : 1);
  return pairs.length === 0
    ? name
    : `${name}{${pairs.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`;
}

/** One run of the rules over series. */
export interface RuleTest {
  /** What it is, for promtool's messages. */
  readonly name: string;
  /** Between two values. */
  readonly intervalSeconds: number;
  /** Values by series, as promtool reads them. */
  readonly series: Readonly<Record<string, string>>;
  /** What is to fire when. */
  readonly expectations: readonly Expectation[];
  /** Expressions without a result. */
  readonly nothing?: readonly Nothing[];
  /** The only alert that is looked at; all when absent. */
  readonly only?: string;
}

/** Where a series ends, Prometheus notes at once that it has: otherwise it would be seen for five more minutes. */
function withStaleness(values: string): string {
  return unpackValues(values).map((value, index, all) =>
    value === "_" && (all[index - 1] ?? "_") !== "_" ? "stale" : value
  ).join(" ");
}

/** A run over what was recorded. */
export function ruleTestOf(
  name: string,
  recording: Recording,
  demands: Pick<RuleTest, "expectations" | "nothing">,
): RuleTest {
  const { intervalSeconds } = recording;
  const series = Object.entries(recording.series)
    .map(([key, values]) => [key, withStaleness(values)] as const);
  return { name, intervalSeconds, series: Object.fromEntries(series), ...demands };
}

/** Seconds between two samples of the lag. */
const SAMPLE_SECONDS = 1;

/**
 * A recording that lasts longer: everything stays as it was last, and a lag that grew goes on growing.
 *
 * @param recording The recording.
 * @param moreSeconds How much longer.
 */
export function prolonged({ series, intervalSeconds, ...rest }: Recording, moreSeconds: number): Recording {
  const more = Math.ceil(moreSeconds / intervalSeconds);
  const entries = Object.entries(series).map(([key, packed]) => {
    const values = unpackValues(packed).map((value) => value === "_" ? null : Number(value));
    const [before = null, last = null] = values.slice(-2);
    const isGrowing = /_lag_seconds\b/.test(key) && before !== null && last !== null && last > before + 1;
    const added = Array.from(
      { length: more },
      (_, index) => last === null || !isGrowing ? last : last + (index + 1) * intervalSeconds,
    );
    return [key, packValues([...values, ...added])] as const;
  });
  return { ...rest, intervalSeconds, series: Object.fromEntries(entries) };
}

/** A recording of which only some scrapes are kept, so that many minutes are judged quickly. */
export function thinned({ series, intervalSeconds, ...rest }: Recording, every: number): Recording {
  const entries = Object.entries(series).map(([key, packed]) => {
    const kept = unpackValues(packed).filter((_, index) => index % every === 0);
    return [key, packValues(kept.map((value) => value === "_" ? null : Number(value)))] as const;
  });
  return { ...rest, intervalSeconds: intervalSeconds * every, series: Object.fromEntries(entries) };
}

/** Adds the samples of the lag to a recording, as they would have been taken between its scrapes. */
export function withLagSamples({ series, intervalSeconds, ...rest }: Recording): Recording {
  const added = Object.entries(series).flatMap(([key, packed]) => {
    const labels = /^pgrepl_standby_lag_seconds\{(.*)\}$/.exec(key)?.[1];
    if (labels === undefined) return [];
    let within = 0;
    let count = 0;
    let before: number | null = null;
    const counted = unpackValues(packed).map((text) => {
      const value = text === "_" ? null : Number(text);
      for (
        let second = SAMPLE_SECONDS;
        second <= intervalSeconds && value !== null;
        second += SAMPLE_SECONDS
      ) {
        const from = before ?? value;
        if (from + (value - from) * second / intervalSeconds <= OBJECTIVE_SECONDS) within++;
        count++;
      }
      before = value;
      return { within, count };
    });
    const name = "pgrepl_standby_lag_sampled_seconds";
    return [
      [
        `${name}_bucket{${labels},le="${OBJECTIVE_SECONDS}.0"}`,
        packValues(counted.map((each) => each.within)),
      ],
      [`${name}_count{${labels}}`, packValues(counted.map((each) => each.count))],
    ];
  });
  return { ...rest, intervalSeconds, series: { ...series, ...Object.fromEntries(added) } };
}

/** Runs promtool. */
export async function testRules(
  tests: readonly RuleTest[],
): Promise<{ readonly isPassed: boolean; readonly said: string }> {
  const directory = await Deno.makeTempDir({ prefix: "pgrepl-rules-" });
  try {
    const rules = buildRuleFile(alertGroups, { recordings, runbookUrl: "runbooks" });
    await Deno.writeTextFile(`${directory}/rules.yml`, stringify(rules));
    const test = {
      rule_files: [`${directory}/rules.yml`],
      evaluation_interval: `${Math.min(...tests.map(({ intervalSeconds }) => intervalSeconds))}s`,
      tests: tests.map(({ name, intervalSeconds, series, expectations, nothing = [], only }) => ({
        name,
        interval: `${intervalSeconds}s`,
        input_series: Object.entries(series).map(([key, values]) => ({ series: key, values })),
        promql_expr_test: [
          ...expectations.map(({ atSeconds, firing }) => ({
            expr: `count by (alertname, instance) (ALERTS{alertstate="firing",${
              only === undefined ? `severity!="info"` : `alertname="${only}"`
            }})`,
            eval_time: `${atSeconds}s`,
            exp_samples: [...new Set(firing)].map((each) => {
              const [alertname = "", instance = ""] = each.split(" ");
              return {
                labels: formatSeries("", { alertname, instance }),
                value: firing.filter((other) => other === each).length,
              };
            }),
          })),
          ...nothing.map(({ atSeconds, expression }) => ({ expr: expression, eval_time: `${atSeconds}s` })),
        ],
      })),
    };
    await Deno.writeTextFile(`${directory}/test.yml`, stringify(test, { lineWidth: 0 }));
    const { code, stdout, stderr } = await runWithInput("promtool", {
      args: ["test", "rules", `${directory}/test.yml`],
      input: "",
    });
    return { isPassed: code === 0, said: stdout + stderr };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
