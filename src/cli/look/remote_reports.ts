import type { Clock } from "../../domain/clock.ts";
import { readReport } from "../../report/read_report.ts";
import type { Report } from "../../report/model.ts";
import { type ReportSource, ReportSourceError } from "../../report/source.ts";
import { startDeadline } from "../../domain/deadline.ts";
import { explainFetchError } from "../fetch_advice.ts";
import type { RemoteTarget } from "./remote_target.ts";

/** Deadline for one report, from name resolution to the last byte, seconds. */
const DEADLINE_SECONDS = 10;

/** Pause before asking again an exporter that has no report yet, seconds. */
const NO_REPORT_RETRY_SECONDS = 0.5;

/** Largest report that is read, bytes: far beyond any real one. */
const MAX_REPORT_BYTES = 64 * 1024 * 1024;

/** How reports are fetched. */
export interface RemoteOptions {
  /** Measures the deadline and the pauses between attempts. */
  readonly clock: Clock;
  /** Deadline for one report, seconds; 10 when absent. */
  readonly deadlineSeconds?: number;
}

/** Fetches reports from a running exporter. */
export function openRemoteReports(target: RemoteTarget, options: RemoteOptions): ReportSource {
  const client = reportClient(target);
  const url = target.socket ?? target.url;
  const { deadlineSeconds = DEADLINE_SECONDS, clock } = options;
  return {
    name: target.socket ?? new URL(url).origin,
    read: async (signal) => {
      using deadline = startDeadline(deadlineSeconds, { clock, outer: signal });
      let isEarly = false;
      try {
        for (;;) {
          const report = await fetchReport(target, { client, signal: deadline.signal });
          if (report !== null) return report;
          isEarly = true;
          await clock.sleep(NO_REPORT_RETRY_SECONDS, deadline.signal);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (!deadline.signal.aborted) throw error;
        throw new ReportSourceError(
          isEarly
            ? `The exporter at ${url} has no report yet after ${deadlineSeconds} s: its first collection has not finished`
            : `No report from ${url} within ${deadlineSeconds} s: check that an exporter listens there, and the network`,
        );
      }
    },
    close: () => {
      client?.close();
      return Promise.resolve();
    },
  };
}

function reportClient({ socket, caCertificates }: RemoteTarget): Deno.HttpClient | null {
  if (socket !== undefined) return Deno.createHttpClient({ proxy: { transport: "unix", path: socket } });
  return caCertificates === null ? null : Deno.createHttpClient({ caCerts: [caCertificates] });
}

/** The report; null when the exporter has none yet. */
async function fetchReport(
  { url, authorization }: RemoteTarget,
  { client, signal }: { readonly client: Deno.HttpClient | null; readonly signal: AbortSignal },
): Promise<Report | null> {
  const response = await ask(url, {
    signal,
    redirect: "manual",
    headers: {
      accept: "application/json",
      ...authorization === null ? {} : { authorization },
    },
    ...client === null ? {} : { client },
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    if (response.status === 503) return null;
    throw new ReportSourceError(explainStatus(response.status, { url, hasLogin: authorization !== null }));
  }
  try {
    return readReport(await readLimited(response));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw asSourceError(url, { error, signal });
    throw new ReportSourceError(`The response of ${url} is not a readable report. ${error.message}`);
  }
}

async function ask(
  url: string,
  init: RequestInit & { readonly client?: Deno.HttpClient },
): Promise<Response> {
  try {
    return await fetch(`${url}?fresh=true`, init);
  } catch (error) {
    throw asSourceError(url, { error, signal: init.signal ?? null });
  }
}

/** An abort stays as it is; anything else is a network error. */
function asSourceError(
  url: string,
  { error, signal }: { readonly error: unknown; readonly signal: AbortSignal | null },
): unknown {
  if (signal?.aborted || error instanceof ReportSourceError) return error;
  const reason = explainFetchError(error, {
    caFlag: "--from.ca-file",
    otherwise: "check that an exporter listens there",
  });
  return new ReportSourceError(`Cannot fetch the report from ${url}: ${reason}`, { cause: error });
}

async function readLimited(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_REPORT_BYTES) {
      throw new SyntaxError(`Expected at most ${MAX_REPORT_BYTES} bytes, got more`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function explainStatus(
  status: number,
  { url, hasLogin }: { readonly url: string; readonly hasLogin: boolean },
): string {
  const head = `${url} returned status ${status}`;
  if (status === 404) {
    return `${head}: the exporter there has no reports, or it is another program; use the same release on both sides, ` +
      "and the address of an exporter, such as http://localhost:9188";
  }
  if (status === 401 || status === 403) {
    return hasLogin
      ? `${head}: it does not accept the login of PGREPL_FROM_USER and PGREPL_FROM_PASSWORD`
      : `${head}: it requires a login; set PGREPL_FROM_USER and PGREPL_FROM_PASSWORD`;
  }
  if (status >= 300 && status < 400) return `${head}, a redirect: use the address that it redirects to`;
  return `${head}: expected 200 with a report; look at the exporter's log`;
}
