import { type ClusterManager, MANAGER_NAMES } from "../domain/manager.ts";
import type { ReportManager } from "./model.ts";

/**
 * Who manages a cluster.
 *
 * @param found What the view has; null when there is no sign of anybody.
 */
export function deriveReportManager(found: ClusterManager | null): ReportManager | null {
  if (found === null) return null;
  const { manager, certainty, by } = found;
  return { name: manager, title: MANAGER_NAMES[manager], certainty, by };
}

/** Who manages a cluster, in a few words: `Patroni`, or `probably Patroni`. */
export function managerTitle({ title, certainty }: ReportManager): string {
  return certainty === "certain" ? title : `probably ${title}`;
}

/** The same with what shows it. */
export function describeManager(manager: ReportManager): string {
  return `${manager.certainty === "certain" ? "Managed" : "Probably managed"} by ${manager.title}: ${
    manager.by.join("; ")
  }`;
}
