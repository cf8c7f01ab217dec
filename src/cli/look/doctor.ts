import type { Check } from "../../cluster/findings/check.ts";
import { checks } from "../../cluster/findings/checks.ts";
import type { Alert } from "../../report/alerts/alert.ts";
import { ConfigError } from "../../config/config_error.ts";
import { didYouMean } from "../../config/suggestion.ts";
import { deriveDoctor } from "../../report/doctor.ts";
import { renderCheckExplanation, renderCheckList, renderDoctorText } from "../../report/doctor_text.ts";
import { EXIT_UNKNOWN, type Invocation } from "../command.ts";
import { readSampleSeconds, textOptionsOf } from "./look_once.ts";
import { exitCodeOf } from "./report.ts";
import { readReportOnce } from "./report_source.ts";

/**
 * `doctor`: examines the servers once, or asks a running exporter, and lists what is wrong, what is fine, and what could
 * not be checked. `--list` and `--explain` describe the checks without contacting a server.
 *
 * @returns The status of the report, with `--check` of that check alone: 0 ok, 1 warning, 2 critical, 3 unknown.
 * @throws {ConfigError} When the command line or the configuration cannot be used.
 */
export async function doctor(invocation: Invocation): Promise<number> {
  const { context, option, isOn } = invocation;
  const problems: string[] = [];
  const sampleSeconds = readSampleSeconds(invocation, problems);
  const only = readCheck(invocation, { flag: "check", problems });
  const runbook = await runbookOf(option("explain"));
  const explained = runbook === null ? readCheck(invocation, { flag: "explain", problems }) : null;
  if (isOn("list") && option("explain") !== undefined) {
    problems.push('Flags "--list" and "--explain" cannot be combined');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const text = textOptionsOf(invocation);
  if (runbook !== null) {
    context.writeStdout(isOn("json") ? toJson(runbook.alert) : runbook.text);
    return 0;
  }
  if (explained !== null) {
    context.writeStdout(
      isOn("json") ? toJson(describeCheck(explained)) : renderCheckExplanation(explained, text),
    );
    return 0;
  }
  if (isOn("list")) {
    context.writeStdout(isOn("json") ? toJson(checks.map(describeCheck)) : renderCheckList(checks, text));
    return 0;
  }
  const report = await readReportOnce(invocation, { sampleSeconds });
  if (report === null) return EXIT_UNKNOWN;
  const diagnosis = deriveDoctor(report, only === null ? {} : { check: only.name });
  context.writeStdout(isOn("json") ? toJson(diagnosis) : renderDoctorText(diagnosis, text));
  return exitCodeOf(diagnosis.status === "ok" ? "healthy" : diagnosis.status);
}

/** The runbook of the alert with a name; null when there is none. */
async function runbookOf(name: string | undefined): Promise<{ alert: Alert; text: string } | null> {
  // Alerts begin with a capital letter, checks do not.
  if (name === undefined || !/^[A-Z]/.test(name)) return null;
  const [{ alertGroups }, { renderRunbook }] = await Promise.all([
    import("../../report/alerts/catalogue.ts"),
    import("../../report/alerts/runbook.ts"),
  ]);
  const alerts: readonly Alert[] = alertGroups.flatMap((group) => group.alerts);
  const alert = alerts.find((each) => each.name === name);
  if (alert !== undefined) return { alert, text: renderRunbook(alert) };
  const names = alerts.map((each) => each.name);
  const suggestion = didYouMean(name, names) || `: expected a check, or one of ${names.join(", ")}`;
  throw new ConfigError([`Flag "--explain" is "${name}"${suggestion}`]);
}

/** The check that a flag names; null when it is not given, or unknown, which adds a problem. */
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

/** A check for JSON. */
function describeCheck({ name, title, severities, grades, meaning, steps, reads, looksAt }: Check): object {
  const means = grades === undefined ? meaning : `${meaning} ${grades}`;
  return { name, title, severities, meaning: means, remedy: steps.join(" "), looks_at: looksAt, reads };
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
