import type { ReportCluster, ReportFinding } from "./model.ts";

/** What clusters are told apart by. */
export type NamedCluster = Pick<ReportCluster, "name" | "system_identifier">;

/**
 * What a finding concerns, as people call it.
 *
 * @param finding The finding.
 * @param clusters Those of the report that it stands in.
 * @returns For example `standby`, `primary, slot_a`, `cluster shop`; `the whole cluster` when there is one without a name.
 */
export function placeOf(
  { server, subject, system_identifier: identifier }: ReportFinding,
  clusters: readonly NamedCluster[],
): string {
  if (server !== "cluster") return subject === "" || subject === server ? server : `${server}, ${subject}`;
  const name = clusters.find(({ system_identifier }) => system_identifier === identifier)?.name ?? "";
  const cluster = name !== ""
    ? `cluster ${name}`
    : clusters.length > 1 && identifier !== null
    ? `cluster ${identifier}`
    : "the whole cluster";
  return subject === "" || subject === identifier ? cluster : `${cluster}, ${subject}`;
}
