import { DEFAULT_REPORT_THRESHOLDS } from "../../domain/thresholds.ts";
import { deriveReport } from "../../report/derive.ts";
import type { Report } from "../../report/model.ts";
import type { ReportSource } from "../../report/source.ts";
import { BUILD } from "../build_info.ts";
import type { Invocation } from "../command.ts";
import { lookOnce } from "./look_once.ts";
import { type ObservationProgress, observeServers } from "./observe.ts";
import { readRemoteTarget } from "./remote_target.ts";

/** How a source is opened. */
export interface ReportSourceOptions {
  /** How long positions are sampled before the first report, seconds; not with `--from`. */
  readonly sampleSeconds?: number;
  /** Told about ten times a second while the first report is waited for; not with `--from`. */
  readonly onProgress?: (progress: ObservationProgress) => void;
}

/**
 * Makes one report, with progress on a terminal.
 *
 * @param invocation The command line and the process around it.
 * @param options How long positions are sampled, seconds; not with `--from`.
 * @returns The report; null when the process was told to end meanwhile.
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
 * Opens where reports come from: the exporter that `--from` names, or the configured servers, watched from here.
 *
 * @param invocation The command line and the process around it.
 * @param options How the servers are watched.
 * @returns A source to be closed.
 * @throws {ConfigError} When the address or the configuration cannot be used.
 */
export async function openReportSource(
  invocation: Invocation,
  options: ReportSourceOptions = {},
): Promise<ReportSource> {
  const { context, collectors } = invocation;
  const target = await readRemoteTarget(invocation);
  if (target !== null) {
    const { openRemoteReports } = await import("./remote_reports.ts");
    return openRemoteReports(target, { clock: context.clock });
  }
  const config = await invocation.readConfig();
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
