import { countOf } from "../../domain/quantities.ts";
import { type Markup, markup } from "../markup.ts";
import type { ReportCluster, ReportSynchronous } from "../model.ts";
import { managerTitle } from "../manager.ts";
import { renderConsistency } from "./consistency.ts";
import { renderServers } from "./servers.ts";
import { renderSlots } from "./slots.ts";
import { renderStandbys } from "./standbys.ts";
import { type PageRoom, renderTiles } from "./table.ts";
import { renderTopology } from "./topology.ts";
import {
  clusterKey,
  formatBytesOrUnknown,
  formatOrUnknown,
  formatSecondsOrUnknown,
  renderStatusLabel,
} from "./format_html.ts";

/**
 * One cluster: figures, topology, standbys, slots, synchronous commit, consistency, servers.
 *
 * @param cluster The cluster.
 * @param options `now`, Unix seconds; `index`: its index among the clusters, for identifiers; how much the page holds.
 */
export function renderCluster(
  cluster: ReportCluster,
  { now, index, ...room }: PageRoom & { readonly now: number; readonly index: number },
): Markup {
  const id = `cluster-${index}`;
  return markup`
<section class="cluster" aria-labelledby="${id}" data-key="${clusterKey(cluster)}">
<h2 id="${id}">${describeName(cluster)} ${renderStatusLabel(cluster.status)}</h2>
${renderManager(cluster)}${renderTiles(tilesOf(cluster))}
${renderTopology(cluster, room)}
${renderStandbys(cluster.standbys, { now, ...room })}
${renderSlots(cluster.slots, { now, ...room })}
${renderConsistency(cluster.consistency, room)}
${renderServers(cluster.servers, room)}
</section>`;
}

function renderManager({ manager }: ReportCluster): Markup | string {
  return manager
    ? markup`<p class="managed">Managed by <strong>${managerTitle(manager)}</strong> <span class="quiet">${
      manager.by.join("; ")
    }</span></p>`
    : "";
}

function describeName({ name, system_identifier }: ReportCluster): Markup {
  return name === ""
    ? markup`Cluster <span class="quiet">${system_identifier}</span>`
    : markup`Cluster <bdi>${name}</bdi>`;
}

function tilesOf(cluster: ReportCluster): Parameters<typeof renderTiles>[0] {
  const { primary, primaries, summary, synchronous, failovers } = cluster;
  const server = cluster.servers.find(({ name }) => name === primary?.name);
  const rate = server?.wal_bytes_per_second ?? null;
  return [
    {
      name: primaries.length > 1 ? "Primaries" : "Primary",
      value: primaries.length > 1
        ? primaries.join(", ")
        : primary === null
        ? "none seen"
        : `${primary.name}${primary.up ? "" : " (unreachable)"}`,
      note: primary === null
        ? ""
        : `${primaries.length > 1 ? `${primary.name} ` : ""}at ${
          formatOrUnknown(primary.current_lsn)
        }, timeline ${formatOrUnknown(primary.timeline)}`,
    },
    {
      name: summary.total_standbys === 0 ? "Standbys" : "Standbys healthy",
      value: summary.total_standbys === 0
        ? "none"
        : `${summary.healthy_standbys} of ${summary.total_standbys}`,
      note: [
        ...summary.critical_standbys > 0 ? [`${summary.critical_standbys} critical`] : [],
        ...summary.warning_standbys > 0 ? [countOf(summary.warning_standbys, "warning")] : [],
        ...summary.unknown_standbys > 0 ? [`${summary.unknown_standbys} unknown`] : [],
      ].join(", "),
    },
    ...summary.total_standbys === 0 ? [] : [{
      name: "Largest lag",
      value: formatSecondsOrUnknown(summary.max_lag_seconds),
      note: summary.max_lag_bytes === null ? "" : formatBytesOrUnknown(summary.max_lag_bytes),
    }],
    { name: "WAL written", value: rate === null ? "unknown" : `${formatBytesOrUnknown(rate)}/s` },
    { name: "Synchronous commit", ...synchronousTile(synchronous) },
    { name: "Failovers seen", value: String(failovers) },
  ];
}

function synchronousTile(
  synchronous: ReportSynchronous | null,
): { readonly value: string | Markup; readonly note: string | Markup } {
  if (synchronous === null) return { value: "unknown", note: "" };
  const { names, required, met, spare, commits_waiting, oldest_wait_seconds, status } = synchronous;
  if (names === "") return { value: "off", note: "commits wait for no standby" };
  const waiting = commits_waiting === null || commits_waiting === 0
    ? ""
    : `; ${countOf(commits_waiting, "commit")} ${commits_waiting === 1 ? "waits" : "wait"}${
      oldest_wait_seconds === null ? "" : `, the oldest for ${formatSecondsOrUnknown(oldest_wait_seconds)}`
    }`;
  return {
    value: renderStatusLabel(status, `${met} of ${required} streaming`),
    note: markup`<bdi>${names}</bdi>: ${spare} spare${waiting}`,
  };
}
