import { type Markup, markup } from "../markup.ts";
import type { Status } from "../model.ts";

/** One row: its first cell is its header. */
export interface TableRow {
  /** Its identity. */
  readonly key: string;
  /** Colour of its edge; none when absent. */
  readonly status?: Status;
  /** The header, then a cell for each further column. */
  readonly cells: readonly (string | Markup)[];
}

/**
 * A table. Explicit roles keep it a table for screen readers when a narrow screen shows it as cards.
 *
 * @param table Its caption, a heading of level 3, its columns and its rows.
 */
export function renderTable(
  { caption, columns, rows, className = "" }: {
    readonly caption: string | Markup;
    readonly columns: readonly string[];
    readonly rows: readonly TableRow[];
    readonly className?: string;
  },
): Markup {
  const headers = columns.map((column) => markup`<th scope="col" role="columnheader">${column}</th>`);
  return markup`<table role="table" class="${className}">
<caption><h3>${caption}</h3></caption>
<thead role="rowgroup"><tr role="row">${headers}</tr></thead>
<tbody role="rowgroup">${rows.map((row) => renderRow(row, columns))}
</tbody>
</table>`;
}

function renderRow({ key, status, cells }: TableRow, columns: readonly string[]): Markup {
  const [header = "", ...others] = cells;
  return markup`
<tr role="row" class="${status ?? ""}" data-key="${key}"><th scope="row" role="rowheader">${header}</th>${
    others.map((cell, index) =>
      markup`<td role="cell" data-label="${columns[index + 1] ?? ""}"><div>${cell}</div></td>`
    )
  }</tr>`;
}

/**
 * A few figures with their names.
 *
 * @param items In reading order; `note` is smaller.
 */
export function renderTiles(
  items: readonly {
    readonly name: string;
    readonly value: string | Markup;
    readonly note?: string | Markup;
  }[],
): Markup {
  return markup`<dl class="tiles">${
    items.map(({ name, value, note }) =>
      markup`<div data-key="${name}"><dt>${name}</dt><dd>${value}</dd>${
        note === undefined || note === "" ? "" : markup`<dd class="quiet">${note}</dd>`
      }</div>`
    )
  }</dl>`;
}
