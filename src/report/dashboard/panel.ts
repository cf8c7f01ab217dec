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
  /** PromQL; `$selector` stands for the choice of cluster and instance. */
  readonly expression: string;
  /** Name of its series, with `{{label}}`. */
  readonly legend: string;
}

/** One panel. */
export interface Panel {
  /** Its title. */
  readonly title: string;
  /** What it shows, and what is good. */
  readonly description: string;
  /** How. */
  readonly kind: PanelKind;
  /** Unit of its values. */
  readonly unit: PanelUnit;
  /** Its queries. */
  readonly queries: readonly PanelQuery[];
  /** Width in columns of 24. */
  readonly width: number;
  /** Values from which it is orange and red; absent when no value is bad. */
  readonly thresholds?: readonly [warning: number, critical: number];
  /** Whether small values are the bad ones. */
  readonly isLowBad?: boolean;
}

/** A row of panels with a heading. */
export interface PanelRow {
  /** Heading. */
  readonly title: string;
  /** Panels from left to right, wrapping. */
  readonly panels: readonly Panel[];
}
