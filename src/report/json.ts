import type { Report } from "./model.ts";

/**
 * Renders a report as JSON: the model as it is.
 *
 * @param report The report.
 * @returns Indented by two spaces; ends in a line feed.
 */
export function renderReportJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
