import type { Report } from "./model.ts";

/**
 * Renders a report as JSON.
 *
 * @returns Indented by two spaces; ends in a line feed.
 */
export function renderReportJson(report: Report): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
