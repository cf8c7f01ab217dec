import type { ReportCluster, ReportFinding } from "./model.ts";

/** What identifies a cluster in a report. */
export type NamedCluster = Pick<ReportCluster, "name" | "system_identifier">;

/**
 * What a finding concerns, in words.
 *
 * @param finding The finding.
 * @param clusters The clusters of its report.
 * @returns For example `standby`, `primary, slot_a`, `cluster shop`; `the whole cluster` when there is one without a name.
 */
export function subjectOfFinding(
  { server, subject, cluster: name, system_identifier: identifier }: ReportFinding,
  clusters: readonly NamedCluster[],
): string {
  if (server !== "cluster") return subject === "" || subject === server ? server : `${server}, ${subject}`;
  if (identifier === null) return subject === "" ? "all clusters" : subject;
  const cluster = name !== ""
    ? `cluster ${name}`
    : clusters.length > 1
    ? `cluster ${identifier}`
    : "the whole cluster";
  return subject === "" || subject === identifier || subject === name ? cluster : `${cluster}, ${subject}`;
}

/** A key of an object of a server. */
export function findingPlaceKey(server: string, subject: string): string {
  return `${server}\n${subject}`;
}
