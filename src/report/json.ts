import type { Report } from "./model.ts";

/**
 * Renders a report as JSON: the model as it stands.
 *
 * @param report The report.
 * @returns Indented by two blanks; ends in a line feed.
 */
export function renderReportJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
