import { type Markup, markup } from "../markup.ts";
import type { Status } from "../model.ts";
import { describeRest, takeSome } from "../take_some.ts";

/** Rows up to here are all in view. */
const FEW_ROWS = 20;
/** Rows in view of a longer table. */
const FIRST_ROWS = 10;

/** How much of a list the page holds. */
export interface PageRoom {
  /** Entries at most; the others are counted. All when absent. */
  readonly most?: number | undefined;
}

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
 * A table of the worst, the others in a fold below it, and counted when there are more than the page holds.
 *
 * @param items What the rows show, the most important first.
 * @param table Caption, columns, and the row of an item; `isFirst`: whether it is in view without unfolding.
 */
export function renderLongTable<T extends { readonly status: Status }>(
  items: readonly T[],
  { caption, columns, className = "", noun, most, rowOf }: PageRoom & {
    readonly caption: string;
    readonly columns: readonly string[];
    readonly className?: string;
    readonly noun: string;
    readonly rowOf: (item: T, isFirst: boolean) => TableRow;
  },
): Markup {
  const { shown, rest } = takeSome(items, most);
  const first = takeSome(shown, items.length > FEW_ROWS ? FIRST_ROWS : FEW_ROWS);
  const render = (some: readonly T[], isFirst: boolean) =>
    renderTable({ caption, columns, className, rows: some.map((item) => rowOf(item, isFirst)) });
  return markup`${render(first.shown, true)}${
    first.rest.length === 0
      ? ""
      : markup`<details class="rest" data-key="rest ${caption}"><summary>${
        describeRest(first.rest.map(({ status }) => status), noun)
      }</summary>${render(first.rest, false)}</details>`
  }${renderRest(rest.map(({ status }) => status), noun)}`;
}

/**
 * How many entries the page leaves out, and where they are.
 *
 * @param rest The status of each; null where it has none.
 * @param noun Their kind.
 */
export function renderRest(rest: readonly (Status | null)[], noun: string): Markup | string {
  if (rest.length === 0) return "";
  return markup`<p class="quiet rest">and ${
    describeRest(rest, noun)
  }; the <a href="./api/v1/report">report as JSON</a> and <code>report --all</code> list all</p>`;
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
