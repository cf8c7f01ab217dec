/**
 * `check-config`: the effective configuration, and a connection test of every server.
 *
 * @module
 */
import type { ServerConfig } from "../../config/config.ts";
import { ConfigError } from "../../config/config_error.ts";
import type { Invocation } from "../command.ts";
import { readFileFacts } from "../../postgres/private_file.ts";
import { effectiveConfig } from "./effective_config.ts";
import { openSecrets } from "./open_secrets.ts";
import { renderEffectiveConfig } from "./render_config.ts";
import { EXIT_FAILURE } from "../report_error.ts";
import { checkServing } from "./serve_problems.ts";
import { clusterProblems, clusterWarnings, type ServerTrial, tryServer } from "./try_server.ts";

/** Deadline for each server, seconds: all are tried at once. */
const TRIAL_SECONDS = 5;

/** How many servers failed, and their names. */
function summarize(trials: readonly ServerTrial[]): string {
  const failed = trials.filter(({ steps }) => steps.some(({ outcome }) => outcome === "fail"));
  const servers = trials.length === 1 ? "server" : "servers";
  return failed.length === 0
    ? `None of ${trials.length} ${servers} failed`
    : `${failed.length} of ${trials.length} ${servers} failed: ${
      failed.map(({ server }) => server).join(", ")
    }`;
}

/** The trials as text. */
function renderTrials(trials: readonly ServerTrial[], notes: readonly string[]): string {
  return [
    "",
    "Connections",
    ...trials.flatMap(({ server, steps }) => [
      `  ${server}`,
      ...steps.map(({ name, outcome, text }) => `    ${name.padEnd(7)}  ${outcome.padEnd(4)}  ${text}`),
    ]),
    "",
    summarize(trials),
    ...notes,
    "",
  ].join("\n");
}

/**
 * `check-config`: shows the effective configuration with the source of each value; `--connect` also tries every server.
 * The web configuration, and paths that `serve` writes to, are checked as well.
 *
 * @returns 0; 1 when `--connect` found a problem.
 * @throws {ConfigError} With every problem of the configuration.
 */
export async function checkConfig(invocation: Invocation): Promise<number> {
  try {
    return await checkAndPrint(invocation);
  } catch (error) {
    // Standard error gets the text as always; programs read the same as JSON.
    if (error instanceof ConfigError && invocation.isOn("json")) {
      const { problems, advice } = error;
      invocation.context.writeStdout(`${JSON.stringify({ problems, advice }, null, 2)}\n`);
    }
    throw error;
  }
}

async function checkAndPrint(invocation: Invocation): Promise<number> {
  const { context, flags } = invocation;
  const reading = await invocation.readConfiguration();
  const serveWarnings = await checkServing(reading.config, {
    settings: reading.settings,
    readTextFile: (path) => context.readTextFile(path),
    mayWrite: (path) => Deno.permissions.querySync({ name: "write", path }).state === "granted",
    wallNow: context.clock.wall(),
    runtime: Deno.version.deno,
  });
  const warnings = [...serveWarnings, ...await openSecrets(reading, readFileFacts)];
  const effective = await effectiveConfig(reading, {
    flags,
    environment: (name) => context.environment(name),
    readTextFile: (path) => context.readTextFile(path),
    readFacts: readFileFacts,
  });
  const isJson = invocation.isOn("json");
  if (!isJson) {
    context.writeStdout(renderEffectiveConfig(effective));
    if (warnings.length > 0) {
      context.writeStdout(["", "Warnings", ...warnings.map((each) => `  ${each}`), ""].join("\n"));
    }
  }
  const trials = invocation.isOn("connect") ? await tryAll(invocation, reading.config.servers) : null;
  const problems = clusterProblems(trials ?? []);
  const shared = clusterWarnings(trials ?? []);
  if (isJson) {
    const connections = trials === null ? {} : { connections: trials, problems };
    const output = { ...effective, warnings: [...warnings, ...shared], ...connections };
    context.writeStdout(`${JSON.stringify(output, null, 2)}\n`);
  } else if (trials !== null) context.writeStdout(renderTrials(trials, [...problems, ...shared]));
  const isBad = problems.length > 0 ||
    (trials ?? []).some(({ steps }) => steps.some(({ outcome }) => outcome === "fail"));
  return isBad ? EXIT_FAILURE : 0;
}

/** Tries all servers at once; a terminal shows how many are done. */
async function tryAll(
  { context }: Invocation,
  servers: readonly ServerConfig[],
): Promise<readonly ServerTrial[]> {
  const isShown = context.terminal?.isError ?? false;
  let done = 0;
  const show = () => {
    if (isShown) context.writeStderr(`\r\x1b[KTrying servers: ${done} of ${servers.length} done`);
  };
  show();
  try {
    return await Promise.all(servers.map(async (server) => {
      const trial = await tryServer(server, {
        clock: context.clock,
        readTextFile: (path) => context.readTextFile(path),
        seconds: TRIAL_SECONDS,
      });
      done++;
      show();
      return trial;
    }));
  } finally {
    if (isShown) context.writeStderr("\r\x1b[K");
  }
}
