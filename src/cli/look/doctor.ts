import type { Check } from "../../cluster/findings/check.ts";
import { checks } from "../../cluster/findings/checks.ts";
import { ConfigError } from "../../config/config_error.ts";
import { didYouMean } from "../../config/suggestion.ts";
import { deriveDoctor } from "../../report/doctor.ts";
import { renderCheckExplanation, renderCheckList, renderDoctorText } from "../../report/doctor_text.ts";
import { EXIT_UNKNOWN, type Invocation } from "../command.ts";
import { readSampleSeconds, textOptionsOf } from "./look_once.ts";
import { readReportOnce } from "./report_source.ts";
import { exitCodeOf } from "./verdict.ts";

/** What a check is, as JSON: its own words. */
type CheckWords =
  & Pick<
    Check,
    "name" | "title" | "severities" | "meaning" | "reads"
  >
  & { readonly remedy: string; readonly looks_at: string };

/**
 * Examines the servers once, or asks an exporter that runs, and says what is wrong, what is fine, and what it could not
 * see. With `--list` or `--explain` it looks at nothing and tells what its checks are.
 *
 * @param invocation What to look at, and the process around it.
 * @returns 0 ok, 1 warning, 2 critical, 3 unknown: the status of the report; with `--check` that of the check alone.
 * @throws {ConfigError} When the command line or the configuration cannot be used.
 */
export async function doctor(invocation: Invocation): Promise<number> {
  const { context, option, isOn } = invocation;
  const problems: string[] = [];
  const sampleSeconds = readSampleSeconds(invocation, problems);
  const only = readCheck(invocation, { flag: "check", problems });
  const explained = readCheck(invocation, { flag: "explain", problems });
  if (isOn("list") && option("explain") !== undefined) {
    problems.push('Flags "--list" and "--explain" cannot be given together');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const text = textOptionsOf(context);
  if (explained !== null) {
    const words = wordsOf(explained);
    context.writeStdout(isOn("json") ? toJson(words) : renderCheckExplanation(explained, text));
    return 0;
  }
  if (isOn("list")) {
    context.writeStdout(isOn("json") ? toJson(checks.map(wordsOf)) : renderCheckList(checks, text));
    return 0;
  }
  const report = await readReportOnce(invocation, { sampleSeconds });
  if (report === null) return EXIT_UNKNOWN;
  const said = deriveDoctor(report, only === null ? {} : { check: only.name });
  context.writeStdout(isOn("json") ? toJson(said) : renderDoctorText(said, text));
  return exitCodeOf(said.status === "ok" ? "healthy" : said.status);
}

/** The check that a flag names; null when it is not given or not known. */
function readCheck(
  { option }: Invocation,
  { flag, problems }: { readonly flag: string; readonly problems: string[] },
): Check | null {
  const name = option(flag);
  if (name === undefined) return null;
  const found = checks.find((check) => check.name === name);
  if (found !== undefined) return found;
  const names = checks.map((check) => check.name);
  problems.push(
    `Flag "--${flag}" is "${name}"${didYouMean(name, names) || ": doctor --list names the checks"}`,
  );
  return null;
}

function wordsOf({ name, title, severities, grades, meaning, steps, reads, looksAt }: Check): CheckWords {
  const means = grades === undefined ? meaning : `${meaning} ${grades}`;
  return { name, title, severities, meaning: means, remedy: steps.join(" "), looks_at: looksAt, reads };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
