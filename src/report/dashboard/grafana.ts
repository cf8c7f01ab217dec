import type { Panel, PanelRow } from "./panel.ts";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Replaces `$selector`. */
export const SELECTOR = '{cluster=~"$cluster",instance=~"$instance"}';

const DATASOURCE: Json = { type: "prometheus", uid: "${datasource}" };
const PANEL_HEIGHT: Readonly<Record<Panel["kind"], number>> = {
  stat: 4,
  timeseries: 8,
  "state-timeline": 8,
  table: 8,
};
const GRID_COLUMNS = 24;
const THRESHOLD_COLORS = { good: "green", warning: "orange", critical: "red" } as const;

/**
 * Puts the chosen clusters and instances into an expression.
 *
 * @param expression PromQL with `$selector`.
 */
export function withSelector(expression: string): string {
  return expression.replaceAll("$selector", SELECTOR);
}

/**
 * The dashboard in the JSON that Grafana imports.
 *
 * @param rows Its rows.
 * @param options Its title, and the `uid` by which Grafana recognizes it.
 */
export function buildDashboard(
  rows: readonly PanelRow[],
  options: { readonly title: string; readonly uid: string },
): Json {
  const panels: Json[] = [];
  let y = 0;
  for (const row of rows) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y: y++, w: GRID_COLUMNS, h: 1 },
      panels: [],
    });
    let x = 0;
    let height = 0;
    for (const panel of row.panels) {
      if (x + panel.width > GRID_COLUMNS) {
        x = 0;
        y += height;
        height = 0;
      }
      const h = PANEL_HEIGHT[panel.kind];
      panels.push(buildPanel(panel, { id: panels.length + 1, gridPos: { x, y, w: panel.width, h } }));
      x += panel.width;
      height = Math.max(height, h);
    }
    y += height;
  }
  return {
    uid: options.uid,
    title: options.title,
    tags: ["postgresql", "replication"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    timezone: "browser",
    templating: { list: buildVariables() },
    panels,
  };
}

function buildVariables(): Json {
  const variable = (name: string, label: string, query: string): Json => ({
    name,
    label,
    type: "query",
    datasource: DATASOURCE,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    // A cluster without a name has no label: only this matches it.
    allValue: ".*",
    current: { selected: true, text: ["All"], value: ["$__all"] },
  });
  return [
    {
      name: "datasource",
      label: "Data source",
      type: "datasource",
      query: "prometheus",
      current: {},
    },
    variable("cluster", "Cluster", "label_values(pgrepl_up, cluster)"),
    variable("instance", "Server", 'label_values(pgrepl_up{cluster=~"$cluster"}, instance)'),
  ];
}

function buildPanel(panel: Panel, place: { readonly id: number; readonly gridPos: Json }): Json {
  const isInstant = panel.kind === "stat" || panel.kind === "table";
  return {
    ...place,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    targets: panel.queries.map(({ expression, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATASOURCE,
      expr: withSelector(expression),
      legendFormat: legend === "" ? "__auto" : legend,
      instant: isInstant,
      range: !isInstant,
      ...panel.kind === "table" ? { format: "table" } : {},
    })),
    fieldConfig: {
      defaults: {
        unit: panel.unit,
        min: panel.unit === "percentunit" ? null : 0,
        thresholds: { mode: "absolute", steps: buildSteps(panel) },
        color: { mode: panel.kind === "stat" ? "thresholds" : "palette-classic" },
        custom: panel.kind === "timeseries"
          // A gap is an unknown lag: it must stay visible.
          ? {
            lineWidth: 1,
            fillOpacity: 5,
            spanNulls: false,
            thresholdsStyle: { mode: panel.thresholds ? "dashed" : "off" },
          }
          : {},
      },
      overrides: [],
    },
    options: buildOptions(panel),
  };
}

function buildSteps({ thresholds, isLowBad }: Panel): Json {
  if (thresholds === undefined) return [{ color: THRESHOLD_COLORS.good, value: null }];
  const [warning, critical] = thresholds;
  return isLowBad
    ? [
      { color: THRESHOLD_COLORS.critical, value: null },
      { color: THRESHOLD_COLORS.warning, value: critical },
      { color: THRESHOLD_COLORS.good, value: warning },
    ]
    : [
      { color: THRESHOLD_COLORS.good, value: null },
      ...warning === critical ? [] : [{ color: THRESHOLD_COLORS.warning, value: warning }],
      { color: THRESHOLD_COLORS.critical, value: critical },
    ];
}

function buildOptions({ kind }: Panel): Json {
  switch (kind) {
    case "stat":
      return {
        reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
        colorMode: "background",
        textMode: "auto",
      };
    case "timeseries":
      return {
        legend: { displayMode: "list", placement: "bottom" },
        tooltip: { mode: "multi", sort: "desc" },
      };
    case "state-timeline":
      return { mergeValues: true, showValue: "never", rowHeight: 0.8 };
    case "table":
      return { showHeader: true };
  }
}
