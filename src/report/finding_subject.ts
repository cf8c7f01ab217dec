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
  const named = clusters.filter(({ name }) => name !== "" && name === subject);
  const [only, ...others] = named.length > 0
    ? named.slice(0, 1)
    : clusters.filter((each) => each.system_identifier === identifier);
  const name = others.length === 0 ? only?.name ?? "" : "";
  if (name !== "") {
    return subject === "" || subject === name || subject === identifier
      ? `cluster ${name}`
      : `cluster ${name}, ${subject}`;
  }
  const about = subject === "" ? identifier ?? "" : subject;
  if (clusters.length > 1 && clusters.some((each) => about.includes(each.system_identifier))) {
    return `cluster ${about}`;
  }
  return subject === "" || subject === identifier ? "the whole cluster" : `the whole cluster, ${subject}`;
}
