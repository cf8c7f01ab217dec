import { derivePreflight } from "../../cluster/preflight/derive_preflight.ts";
import type { PreflightVerdict } from "../../cluster/preflight/preflight.ts";
import { ConfigError } from "../../config/config_error.ts";
import { didYouMean } from "../../config/suggestion.ts";
import { derivePreflightReport } from "../../report/preflight.ts";
import { renderPreflightText } from "../../report/preflight_text.ts";
import { BUILD } from "../build_info.ts";
import { EXIT_UNKNOWN, type Invocation } from "../command.ts";
import { lookOnce, readSampleSeconds, textOptionsOf } from "./look_once.ts";
import { observeServers } from "./observe.ts";

const VERDICT_EXIT_CODES: Readonly<Record<PreflightVerdict, number>> = {
  go: 0,
  go_with_warnings: 1,
  go_with_losses: 1,
  go_with_unknown_losses: EXIT_UNKNOWN,
  no_go: 2,
  unknown: EXIT_UNKNOWN,
};

/**
 * `preflight NAME`: checks whether a standby can become the primary now, what would be lost, and how to switch over. It
 * changes nothing.
 *
 * @returns 0 go, 1 go with warnings or losses, 2 no go, 3 unknown, also when the losses are unknown.
 * @throws {ConfigError} When the command line or the configuration cannot be used, or no server has that name.
 */
export async function preflight(invocation: Invocation): Promise<number> {
  const { context, operands: [name = ""], isOn, collectors } = invocation;
  const problems: string[] = [];
  const sampleSeconds = readSampleSeconds(invocation, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  const found = await lookOnce(invocation, {
    sampleSeconds,
    look: async ({ signal, onProgress, quiet }) => {
      const config = await quiet.readConfig();
      const names = config.servers.map((server) => server.name);
      // A likely typo is reported immediately; any other name may be that of a standby yet to be discovered.
      const suggestion = names.includes(name) ? "" : didYouMean(name, names);
      if (suggestion !== "" || (!names.includes(name) && !config.discovery)) {
        throw new ConfigError([
          `There is no server "${name}"${suggestion || `: expected one of ${names.join(", ")}`}`,
        ]);
      }
      await using observation = observeServers(config, {
        context,
        logger: quiet.createLogger(config),
        collectors,
        sampleSeconds,
        onProgress,
      });
      return derivePreflight(await observation.read(signal), name);
    },
  });
  if (found === null) return EXIT_UNKNOWN;
  const report = derivePreflightReport(found, { wallNow: context.clock.wall(), build: BUILD });
  context.writeStdout(
    isOn("json")
      ? `${JSON.stringify(report, null, 2)}\n`
      : renderPreflightText(report, textOptionsOf(invocation)),
  );
  return VERDICT_EXIT_CODES[report.verdict];
}
