import type { Report } from "./model.ts";

/** A source of reports: servers watched by this process, or a running exporter. */
export interface ReportSource {
  /** Its name for people: `3 servers`, or the exporter's address. */
  readonly name: string;
  /**
   * The latest report, waiting for the first one.
   *
   * @param signal Ends the wait.
   * @throws When there is none: why, and what to do.
   */
  read(signal: AbortSignal): Promise<Report>;
  /** Ends sessions and loops. */
  close(): Promise<void>;
}

/** No report is available: why, and what to do. */
export class ReportSourceError extends Error {
  /** Class name, for logs. */
  override readonly name = "ReportSourceError";
}
