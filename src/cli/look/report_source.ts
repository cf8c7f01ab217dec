import { DEFAULT_REPORT_THRESHOLDS } from "../../domain/thresholds.ts";
import { deriveReport } from "../../report/derive.ts";
import type { Report } from "../../report/model.ts";
import type { ReportSource } from "../../report/source.ts";
import { BUILD } from "../build_info.ts";
import type { Invocation } from "../command.ts";
import { chooseSource } from "./find_source.ts";
import { lookOnce } from "./look_once.ts";
import { type ObservationProgress, observeServers } from "./observe.ts";

/** Options of {@linkcode openReportSource}. */
export interface ReportSourceOptions {
  /** How long positions are sampled before the first report, seconds; not with `--from`. */
  readonly sampleSeconds?: number;
  /** Called about ten times a second until the first report; not with `--from`. */
  readonly onProgress?: (progress: ObservationProgress) => void;
}

/**
 * Makes one report and shows progress on a terminal.
 *
 * @param invocation The command line and the process.
 * @param options How long positions are sampled, seconds; not with `--from`.
 * @returns The report; null when a signal stopped the process.
 * @throws {ConfigError} When the address or the configuration cannot be used.
 */
export function readReportOnce(
  invocation: Invocation,
  { sampleSeconds }: { readonly sampleSeconds: number },
): Promise<Report | null> {
  return lookOnce(invocation, {
    sampleSeconds,
    look: async ({ signal, onProgress, quiet }) => {
      const source = await openReportSource(quiet, { sampleSeconds, onProgress });
      try {
        return await source.read(signal);
      } finally {
        await source.close();
      }
    },
  });
}

/**
 * Opens the source of reports: the exporter that `--from` names, or the configured servers, watched by this process.
 *
 * @returns A source that the caller closes.
 * @throws {ConfigError} When the address or the configuration cannot be used.
 */
export async function openReportSource(
  invocation: Invocation,
  options: ReportSourceOptions = {},
): Promise<ReportSource> {
  const { context, collectors } = invocation;
  const source = await chooseSource(invocation);
  if (source.kind === "exporter") {
    const { openRemoteReports } = await import("./remote_reports.ts");
    return openRemoteReports(source.target, { clock: context.clock });
  }
  const { config } = source;
  const observation = observeServers(config, {
    context,
    logger: invocation.createLogger(config),
    collectors,
    ...options,
  });
  const count = config.servers.length;
  return {
    name: count === 1 ? "1 server" : `${count} servers`,
    read: async (signal) =>
      deriveReport(await observation.read(signal), {
        now: context.clock.monotonic(),
        wallNow: context.clock.wall(),
        build: BUILD,
        thresholds: config.report ?? DEFAULT_REPORT_THRESHOLDS,
      }),
    close: async () => await observation[Symbol.asyncDispose](),
  };
}
