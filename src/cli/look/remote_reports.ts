import type { Clock } from "../../domain/clock.ts";
import { readReport } from "../../report/read_report.ts";
import type { Report } from "../../report/model.ts";
import { type ReportSource, ReportSourceError } from "../../report/source.ts";
import { startDeadline } from "../../domain/deadline.ts";
import { adviceOnFetch } from "../fetch_advice.ts";
import type { RemoteTarget } from "./remote_target.ts";

/** How long a report may take, from the name's resolution to its last byte, seconds. */
const DEADLINE_SECONDS = 10;

/** How long after an exporter said that it has no report yet it is asked again, seconds. */
const RETRY_SECONDS = 0.5;

/** Longest report that is read, bytes: far beyond any real one. */
const MOST_BYTES = 64 * 1024 * 1024;

const SAME_RELEASE = "use the same release here and there";

/** How reports are fetched. */
export interface RemoteOptions {
  /** For the deadline and the pauses between tries. */
  readonly clock: Clock;
  /** Longest wait for one report, seconds; 10 when not given. */
  readonly deadlineSeconds?: number;
}

/**
 * Fetches reports from an exporter that runs.
 *
 * @param target The exporter.
 * @param options Time.
 */
export function openRemoteReports(target: RemoteTarget, options: RemoteOptions): ReportSource {
  const client = target.caCertificates === null
    ? null
    : Deno.createHttpClient({ caCerts: [target.caCertificates] });
  const { url } = target;
  const { deadlineSeconds = DEADLINE_SECONDS, clock } = options;
  return {
    name: new URL(url).origin,
    read: async (signal) => {
      using deadline = startDeadline(deadlineSeconds, { clock, outer: signal });
      let isEarly = false;
      try {
        for (;;) {
          const report = await fetchReport(target, { client, signal: deadline.signal });
          if (report !== null) return report;
          isEarly = true;
          await clock.sleep(RETRY_SECONDS, deadline.signal);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (!deadline.signal.aborted) throw error;
        throw new ReportSourceError(
          isEarly
            ? `The exporter at ${url} has no report yet after ${deadlineSeconds} s: its first collection has not ended`
            : `No report from ${url} within ${deadlineSeconds} s: check that an exporter listens there and the network between`,
        );
      }
    },
    close: () => {
      client?.close();
      return Promise.resolve();
    },
  };
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
    return readReport(await readBody(response));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw asSourceError(url, { error, signal });
    throw new ReportSourceError(`${url} answered, but not with a report that can be read. ${error.message}`);
  }
}

async function ask(
  url: string,
  init: RequestInit & { readonly client?: Deno.HttpClient },
): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw asSourceError(url, { error, signal: init.signal ?? null });
  }
}

/** The end of a wait stays what it is; anything else is the network's. */
function asSourceError(
  url: string,
  { error, signal }: { readonly error: unknown; readonly signal: AbortSignal | null },
): unknown {
  if (signal?.aborted || error instanceof ReportSourceError) return error;
  const detail = innermost(error).replace(/^error sending request for url \([^)]*\): /, "");
  const advice = adviceOnFetch(detail, {
    caFlag: "--from.ca-file",
    otherwise: "check that an exporter listens there",
  });
  return new ReportSourceError(`Cannot fetch the report from ${url}: ${detail}; ${advice}`, { cause: error });
}

/** What lies at the bottom of an error: that names the trouble, what is above it only the request. */
function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? innermost(error.cause) : error.message;
}

async function readBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new SyntaxError(`Expected at most ${MOST_BYTES} bytes, got more`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function explainStatus(
  status: number,
  { url, hasLogin }: { readonly url: string; readonly hasLogin: boolean },
): string {
  if (status === 404) {
    return `${url} answered 404: the exporter there has no reports, or it is another program; ${SAME_RELEASE}, and give ` +
      "the address of an exporter, as in http://localhost:9188";
  }
  if (status === 401 || status === 403) {
    return hasLogin
      ? `${url} answered ${status}: it does not accept the login of PGREPL_FROM_USER and PGREPL_FROM_PASSWORD`
      : `${url} answered ${status}: it asks for a login; set PGREPL_FROM_USER and PGREPL_FROM_PASSWORD`;
  }
  if (status >= 300 && status < 400) {
    return `${url} answered ${status}: it is elsewhere; give the address itself`;
  }
  return `${url} answered ${status}: expected 200 with a report; look at the exporter's log`;
}
