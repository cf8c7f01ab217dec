import type { ReportSource } from "../../report/source.ts";
import { eventKey, plainEvent, plainLine, plainTrouble } from "../../report/terminal/plain.ts";
import { readReports, type ReportSchedule } from "./read_reports.ts";

/** How to watch without a screen. */
export interface WatchPlainOptions extends ReportSchedule {
  /** Writes to standard output; false when the reader has closed it. */
  readonly write: (text: string) => boolean;
}

/**
 * Prints one line per interval, and one per event, until the signal or until the reader closes standard output.
 *
 * @returns Whether the latest attempt brought a report.
 */
export async function watchPlain(source: ReportSource, options: WatchPlainOptions): Promise<boolean> {
  const { clock, write } = options;
  let isRead = false;
  let known: ReadonlySet<string> | null = null;
  for await (const reading of readReports(source, options)) {
    const lines: string[] = [];
    isRead = reading.type === "report";
    if (reading.type === "trouble") {
      lines.push(plainTrouble(clock.wall(), { ...reading.trouble, source: source.name }));
    } else {
      const { report } = reading;
      const before: ReadonlySet<string> | null = known;
      // Events from before the first report are not news.
      lines.push(
        ...report.events.filter((event) => before !== null && !before.has(eventKey(event))).map(plainEvent),
        plainLine(report),
      );
      known = new Set(report.events.map(eventKey));
    }
    if (!write(lines.map((line) => `${line}\n`).join(""))) return true;
  }
  return isRead;
}
