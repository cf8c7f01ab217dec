import type { Clock } from "../../domain/clock.ts";
import { startDeadline } from "../../domain/deadline.ts";
import { ReportSourceError } from "../../report/source.ts";
import { REPORT_PATH } from "../../web/routes/report.ts";
import { explainFetchError } from "../fetch_advice.ts";
import type { RemoteTarget } from "./remote_target.ts";

/** Deadline for one answer, from name resolution to the last byte, seconds. */
const DEADLINE_SECONDS = 10;

/** Pause before asking again an exporter that has no data yet, seconds. */
const NO_DATA_RETRY_SECONDS = 0.5;

/** Largest answer that is read, bytes: far beyond any real one. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** How an exporter is asked. */
export interface RemoteOptions {
  /** Measures the deadline and the pauses between attempts. */
  readonly clock: Clock;
  /** Deadline for one answer, seconds; 10 when absent. */
  readonly deadlineSeconds?: number;
}

/** What an exporter is asked for. */
export interface Question<T> {
  /** Path of the answer. */
  readonly path: string;
  /** What the answer is, for messages: `report`. */
  readonly noun: string;
  /**
   * Reads the answer.
   *
   * @throws {SyntaxError} When it is not readable.
   */
  readonly parse: (json: string) => T;
}

/** Asks a running exporter, which collects first. */
export interface RemoteAnswers<T> {
  /** The exporter's name for people. */
  readonly name: string;
  /**
   * Its answer, waiting for its first collection.
   *
   * @throws {ReportSourceError} When there is none: why, and what to do.
   */
  read(signal: AbortSignal): Promise<T>;
  /** Ends connections. */
  close(): Promise<void>;
}

/** Asks a running exporter the same question each time. */
export function openRemoteAnswers<T>(
  target: RemoteTarget,
  { path, noun, parse, clock, deadlineSeconds = DEADLINE_SECONDS }: Question<T> & RemoteOptions,
): RemoteAnswers<T> {
  const client = exporterClient(target);
  const url = target.url.slice(0, -REPORT_PATH.length) + path;
  const shown = target.socket ?? url;
  return {
    name: target.socket ?? new URL(url).origin,
    read: async (signal) => {
      using deadline = startDeadline(deadlineSeconds, { clock, outer: signal });
      const ask = { target, url, noun, client, signal: deadline.signal };
      let isEarly = false;
      try {
        for (;;) {
          const text = await fetchAnswer(ask);
          if (text !== null) return parseAnswer(text, { url, noun, parse });
          isEarly = true;
          await clock.sleep(NO_DATA_RETRY_SECONDS, deadline.signal);
        }
      } catch (error) {
        signal.throwIfAborted();
        if (!deadline.signal.aborted) throw error;
        throw new ReportSourceError(
          isEarly
            ? `The exporter at ${shown} has no ${noun} yet after ${deadlineSeconds} s: its first collection has not finished`
            : `No ${noun} from ${shown} within ${deadlineSeconds} s: check that an exporter listens there, and the network`,
        );
      }
    },
    close: () => {
      client?.close();
      return Promise.resolve();
    },
  };
}

function exporterClient({ socket, caCertificates }: RemoteTarget): Deno.HttpClient | null {
  if (socket !== undefined) return Deno.createHttpClient({ proxy: { transport: "unix", path: socket } });
  return caCertificates === null ? null : Deno.createHttpClient({ caCerts: [caCertificates] });
}

/** One request. */
interface Asking {
  readonly target: RemoteTarget;
  readonly url: string;
  readonly noun: string;
  readonly client: Deno.HttpClient | null;
  readonly signal: AbortSignal;
}

/** The answer's text; null when the exporter has no data yet. */
async function fetchAnswer(request: Asking): Promise<string | null> {
  const { target: { authorization }, url, noun, client, signal } = request;
  try {
    const response = await fetch(`${url}?fresh=true`, {
      signal,
      redirect: "manual",
      headers: {
        accept: "application/json",
        ...authorization === null ? {} : { authorization },
      },
      ...client === null ? {} : { client },
    });
    if (response.status === 200) return await readLimited(response);
    await response.body?.cancel();
    if (response.status === 503) return null;
    throw new ReportSourceError(
      explainStatus(response.status, { url, noun, hasLogin: authorization !== null }),
    );
  } catch (error) {
    // An abort stays as it is; anything else is a network error.
    if (signal.aborted || error instanceof ReportSourceError) throw error;
    const reason = explainFetchError(error, {
      caFlag: "--from.ca-file",
      otherwise: "check that an exporter listens there",
    });
    throw new ReportSourceError(`Cannot fetch the ${noun} from ${url}: ${reason}`, { cause: error });
  }
}

function parseAnswer<T>(
  text: string,
  { url, noun, parse }: Pick<Question<T>, "noun" | "parse"> & { readonly url: string },
): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ReportSourceError(`The response of ${url} is not a readable ${noun}. ${error.message}`);
  }
}

async function readLimited(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      throw new ReportSourceError(
        `The response of ${response.url} is too long: expected at most ${MAX_ANSWER_BYTES} bytes`,
      );
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function explainStatus(
  status: number,
  { url, noun, hasLogin }: { readonly url: string; readonly noun: string; readonly hasLogin: boolean },
): string {
  const head = `${url} returned status ${status}`;
  if (status === 404) {
    return `${head}: the exporter there has no ${noun}s, or it is another program; use the same release on both sides, ` +
      "and the address of an exporter, such as http://localhost:9188";
  }
  if (status === 401 || status === 403) {
    return hasLogin
      ? `${head}: it does not accept the login of PGREPL_FROM_USER and PGREPL_FROM_PASSWORD`
      : `${head}: it requires a login; set PGREPL_FROM_USER and PGREPL_FROM_PASSWORD`;
  }
  if (status >= 300 && status < 400) return `${head}, a redirect: use the address that it redirects to`;
  return `${head}: expected 200 with a ${noun}; look at the exporter's log`;
}
