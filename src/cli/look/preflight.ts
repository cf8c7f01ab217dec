import { derivePreflight } from "../../cluster/preflight/derive_preflight.ts";
import type { PreflightVerdict } from "../../cluster/preflight/preflight.ts";
import type { Config } from "../../config/config.ts";
import { ConfigError } from "../../config/config_error.ts";
import { didYouMean } from "../../config/suggestion.ts";
import { derivePreflightReport, type PreflightReport } from "../../report/preflight.ts";
import { renderPreflightText } from "../../report/preflight_text.ts";
import { PREFLIGHT_PREFIX } from "../../web/routes/preflight.ts";
import { BUILD } from "../build_info.ts";
import { EXIT_UNKNOWN, type Invocation } from "../command.ts";
import { chooseSource } from "./find_source.ts";
import { type LookContext, lookOnce, readSampleSeconds, textOptionsOf } from "./look_once.ts";
import { observeServers } from "./observe.ts";
import type { RemoteTarget } from "./remote_target.ts";
import { sourceFlags, withFlags } from "./same_source.ts";

const VERDICT_EXIT_CODES: Readonly<Record<PreflightVerdict, number>> = {
  go: 0,
  go_with_warnings: 1,
  go_with_losses: 1,
  go_with_unknown_losses: EXIT_UNKNOWN,
  no_go: 2,
  unknown: EXIT_UNKNOWN,
};

/**
 * `preflight NAME`: checks whether a standby can become the primary now, what would be lost, and how to switch over; from
 * the servers, or as a running exporter sees it. It changes nothing.
 *
 * @returns 0 go, 1 go with warnings or losses, 2 no go, 3 unknown, also when the losses are unknown.
 * @throws {ConfigError} When the command line or the configuration cannot be used, or no server has that name.
 */
export async function preflight(invocation: Invocation): Promise<number> {
  const { context, operands: [name = ""], isOn } = invocation;
  const problems: string[] = [];
  const sampleSeconds = readSampleSeconds(invocation, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const made = await lookOnce(invocation, {
    sampleSeconds,
    look: async (look) => {
      const source = await chooseSource(look.quiet);
      return source.kind === "exporter"
        ? await askPreflight(name, { ...look, target: source.target })
        : await makePreflight(name, { ...look, config: source.config, sampleSeconds });
    },
  });
  if (made === null) return EXIT_UNKNOWN;
  const flags = await sourceFlags(invocation);
  const report = {
    ...made,
    points: made.points.map((point) => ({ ...point, advice: withFlags([point.advice], flags)[0] ?? "" })),
    steps: made.steps.map((step) => ({ ...step, commands: withFlags(step.commands, flags) })),
  };
  context.writeStdout(
    isOn("json")
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderPreflightText(report, textOptionsOf(invocation)),
  );
  return VERDICT_EXIT_CODES[report.verdict];
}

async function askPreflight(
  name: string,
  { target, quiet, signal }: LookContext & { readonly target: RemoteTarget },
): Promise<PreflightReport> {
  const [{ openRemoteAnswers }, { readPreflight }] = await Promise.all([
    import("./remote_answers.ts"),
    import("../../report/read_preflight.ts"),
  ]);
  const exporter = openRemoteAnswers(target, {
    path: `${PREFLIGHT_PREFIX}${encodeURIComponent(name)}`,
    noun: "preflight",
    parse: readPreflight,
    clock: quiet.context.clock,
  });
  try {
    return await exporter.read(signal);
  } finally {
    await exporter.close();
  }
}

async function makePreflight(
  name: string,
  { config, quiet, signal, onProgress, sampleSeconds }: LookContext & {
    readonly config: Config;
    readonly sampleSeconds: number;
  },
): Promise<PreflightReport> {
  const { context, collectors } = quiet;
  const names = config.servers.map((server) => server.name);
  // A likely typo is reported immediately; any other name may be that of a subscription, or of a standby yet to be discovered.
  const suggestion = names.includes(name) ? "" : didYouMean(name, names);
  if (suggestion !== "") throw new ConfigError([`There is no server "${name}"${suggestion}`]);
  await using observation = observeServers(config, {
    context,
    logger: quiet.createLogger(config),
    collectors,
    sampleSeconds,
    onProgress,
  });
  const found = derivePreflight(await observation.read(signal), name);
  return derivePreflightReport(found, { wallNow: context.clock.wall(), build: BUILD });
}
