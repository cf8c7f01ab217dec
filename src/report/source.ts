import type { Report } from "./model.ts";

/** Where reports come from: servers watched by this process, or an exporter that runs. */
export interface ReportSource {
  /** Where they come from, in words: `3 servers` or the exporter's address. */
  readonly name: string;
  /**
   * The latest report, waiting for the first one.
   *
   * @param signal Ends the wait.
   * @throws When there is none: the message says why and what to do.
   */
  read(signal: AbortSignal): Promise<Report>;
  /** Ends sessions and loops. */
  close(): Promise<void>;
}

/** A report that could not be had: why, and what to do. */
export class ReportSourceError extends Error {
  /** Class name, for logs. */
  override readonly name = "ReportSourceError";
}
