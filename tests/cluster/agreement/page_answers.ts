/**
 * What the page answers.
 *
 * @module
 */
import type { ServerView, View } from "../../../src/domain/view.ts";
import type { Report } from "../../../src/report/model.ts";
import { formatSecondsOrUnknown } from "../../../src/report/page/format_html.ts";
import { renderPageState } from "../../../src/report/page/page.ts";
import { wordOf } from "../../../src/report/status.ts";
import type { Answer } from "./answer.ts";

/** What stands on the page. */
export function* answersOfPage(report: Report, view: View): Generator<Answer> {
  const { clusters: html } = renderPageState(report, "test").regions;
  const sections = html.split('<section class="cluster"').slice(1);
  for (const [index, { key, primaries }] of view.clusters.entries()) {
    const section = sections[index] ?? "";
    const [, label, value = "", note = ""] =
      /<dt>(Primar\w+)<\/dt><dd>([^<]*)<\/dd>(?:<dd class="quiet">([^<]*))?/.exec(section) ?? [];
    yield ["is it a split brain", key, label === "Primaries"];
    if (primaries.length > 1) {
      yield ["which are primaries", key, value.split(", ")];
      yield ["who is the primary", key, note.split(" at ")[0]];
    } else yield ["who is the primary", key, value === "none seen" ? null : value.split(" ")[0]];
    const [, table = ""] = /<table role="table" class="standbys">(.*?)<\/table>/s.exec(section) ?? [];
    for (const row of table.split("<tr ").slice(2)) {
      const name = /data-key="([^"]*)"/.exec(row)?.[1] ?? "";
      const about = /<span class="about">(.*?)<\/span>/.exec(row)?.[1] ?? "";
      yield ["who sends", name, /from <bdi>([^<]*)</.exec(about)?.[1] ?? null];
      yield ["sync_state", name, /, <bdi>(\w+)</.exec(about)?.[1] ?? null];
      yield ["lag on the page", name, /<span class="figure">([^<]*)</.exec(row)?.[1] ?? ""];
    }
    for (
      const [, classes = "", downstream = ""] of section.matchAll(
        /<g class="edge ([^"]*)" data-key="edge \S+ ([^"]*)"/g,
      )
    ) {
      yield ["does it stream", downstream, !classes.includes("cut-off")];
    }
    for (
      const [, name = "", about = ""] of section.matchAll(/data-key="node ([^"]*)"><title>[^<]*?: ([^<]*)</g)
    ) {
      if (about.startsWith("primary")) continue;
      yield ["described as", name, about.replace(/ \(\w+\)$/, "")];
    }
  }
}

/** What the view says where the page asks differently. */
export function* answersForPage(view: View): Generator<Answer> {
  const standbys = new Set(view.standbys.map(({ name }) => name));
  for (const { name, lag, connected, reason } of view.standbys) {
    yield ["lag on the page", name, formatSecondsOrUnknown(lag.seconds)];
    yield ["does it stream", name, connected === true];
    yield ["described as", name, reason === null ? "standby" : wordOf(reason)];
  }
  for (const server of view.servers) {
    if (!standbys.has(server.server)) yield ["described as", server.server, describe(server)];
  }
}

function describe({ role, up }: ServerView): string {
  return `${role ?? "role unknown"}${up ? "" : ", unreachable"}`;
}
