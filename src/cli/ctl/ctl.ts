/**
 * `ctl`: controls a running exporter over its management socket or over HTTP.
 *
 * @module
 */
import { ConfigError } from "../../config/config_error.ts";
import { didYouMean } from "../../config/suggestion.ts";
import { LOG_LEVELS } from "../../web/management/api.ts";
import type { Invocation } from "../command.ts";
import { hideLogins } from "../../config/hide_logins.ts";
import { askExporter, UnreachableError } from "./ctl_client.ts";
import { readCtlTarget } from "./ctl_target.ts";
import { renderExporterStatus, renderPing, renderRefusal, renderReload } from "./ctl_text.ts";

/** Exit code when no exporter responds. */
const EXIT_UNREACHABLE = 3;

interface Action {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  /** The response as text; null to print it as JSON. */
  readonly render: (body: unknown) => string | null;
}

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["ping", { method: "GET", path: "v1/ping", render: renderPing }],
  ["status", { method: "GET", path: "v1/status", render: renderExporterStatus }],
  ["config", { method: "GET", path: "v1/config", render: () => null }],
  ["reload", { method: "POST", path: "v1/reload", render: renderReload }],
  ["log-level", {
    method: "PUT",
    path: "v1/log-level",
    render: () => "The level applies until the next reload",
  }],
  ["shutdown", { method: "POST", path: "v1/shutdown", render: () => "The exporter is stopping" }],
]);

/**
 * `ctl ACTION`: sends a request to a running exporter over its management socket or, with `--url`, over the network.
 *
 * @returns 0 when done, 1 when refused or failed, 3 when no exporter responds, or another program does.
 * @throws {ConfigError} When the command line is invalid.
 */
export async function ctl(invocation: Invocation): Promise<number> {
  const { context } = invocation;
  const { method, path, render } = readAction(invocation.operands);
  const target = await readCtlTarget(invocation);
  try {
    const answer = await askExporter(target, { method, path });
    const isDone = answer.status >= 200 && answer.status < 300;
    if (isDone && typeof answer.body === "string") {
      throw new UnreachableError(
        "Another program responds there, not an exporter: check the address, without a path",
      );
    }
    const text = invocation.isOn("json")
      ? null
      : isDone || renderReload(answer.body) !== null
      ? render(answer.body)
      : renderRefusal(answer);
    const lines = text ??
      (typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body, null, 2));
    if (isDone || text === null) context.writeStdout(`${lines}\n`);
    else context.writeStderr(`${lines}\n`);
    return isDone ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    context.writeStderr(`${hideLogins(error.message)}\n`);
    return EXIT_UNREACHABLE;
  }
}

function readAction([name = "", argument, ...rest]: readonly string[]): Action {
  const action = ACTIONS.get(name);
  const names = [...ACTIONS.keys()];
  if (action === undefined) {
    throw new ConfigError([
      `Unknown ctl action${didYouMean(name, names) || `: expected one of ${names.join(", ")}`}`,
    ]);
  }
  if (name !== "log-level") {
    if (argument === undefined) return action;
    throw new ConfigError([`Unexpected argument after "ctl ${name}": it takes none`]);
  }
  const level = LOG_LEVELS.find((each) => each === argument);
  if (level === undefined || rest.length > 0) {
    throw new ConfigError([`"ctl log-level" needs one level: ${LOG_LEVELS.join(", ")}`]);
  }
  return { ...action, path: `${action.path}?level=${level}` };
}
