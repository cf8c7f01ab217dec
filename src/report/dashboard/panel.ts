/**
 * The dashboard for Grafana: rows of panels as data, and the JSON that Grafana imports.
 *
 * @module
 */

/** How a panel shows its queries. */
export type PanelKind = "stat" | "timeseries" | "state-timeline" | "table";

/** Units by Grafana's names. */
export type PanelUnit = "s" | "bytes" | "Bps" | "short" | "percentunit" | "ops" | "bool";

/** One query of a panel. */
export interface PanelQuery {
  /** PromQL; `$selector` is replaced by the chosen clusters and instances. */
  readonly expression: string;
  /** Name of each series, with `{{label}}`; "" for Grafana's own. */
  readonly legend: string;
}

/** One panel. */
export interface Panel {
  /** Its title. */
  readonly title: string;
  /** What it shows. */
  readonly description: string;
  /** Its kind. */
  readonly kind: PanelKind;
  /** Unit of its values. */
  readonly unit: PanelUnit;
  /** Its queries. */
  readonly queries: readonly PanelQuery[];
  /** Width in columns of 24. */
  readonly width: number;
  /** Values from which it turns orange and red; none when absent. */
  readonly thresholds?: readonly [warning: number, critical: number];
  /** Whether low values are bad. */
  readonly isLowBad?: boolean;
}

/** A row of panels with a heading. */
export interface PanelRow {
  /** Heading. */
  readonly title: string;
  /** Panels from left to right, wrapping. */
  readonly panels: readonly Panel[];
}
