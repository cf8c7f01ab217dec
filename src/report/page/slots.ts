import { type Markup, markup } from "../markup.ts";
import type { ReportSlot } from "../model.ts";
import { takeSlots } from "../take_some.ts";
import { type PageRoom, renderLongTable, type TableRow } from "./table.ts";
import {
  formatBytesOrUnknown,
  formatRoughly,
  formatSecondsOrUnknown,
  renderInstant,
  renderStatusLabel,
} from "./format_html.ts";

const BAR_WIDTH = 120;
const BAR_HEIGHT = 8;

/**
 * Replication slots, with their headroom.
 *
 * @param slots The slots of one cluster.
 * @param options The present, Unix seconds, and how many slots the page holds.
 */
export function renderSlots(
  slots: readonly ReportSlot[],
  { now, most }: PageRoom & { readonly now: number },
): Markup | string {
  if (slots.length === 0) return "";
  const { shown, rest } = takeSlots(slots, most);
  return renderLongTable([...shown, ...rest], {
    caption: "Replication slots",
    columns: ["Slot", "State", "WAL retained", "Headroom", "Forecast"],
    noun: "slot",
    most,
    rowOf: (slot) => slotRow(slot, now),
  });
}

function slotRow(slot: ReportSlot, now: number): TableRow {
  const { server, name, type, status, wal_status, invalidation_reason } = slot;
  const used = slot.active
    ? markup`active${slot.used_by === null ? "" : markup`, used by <bdi>${slot.used_by}</bdi>`}`
    : markup`inactive${
      slot.inactive_since_unix_seconds === null
        ? ""
        : markup` since ${renderInstant(slot.inactive_since_unix_seconds, now)}`
    }${type === "logical" && slot.used_by !== null ? markup`, slot of <bdi>${slot.used_by}</bdi>` : ""}`;
  const why = invalidation_reason === null ? "" : `, invalidated: ${invalidation_reason}`;
  return {
    key: `${server}/${name}`,
    status,
    cells: [
      markup`<bdi>${name}</bdi><span class="about">${type}, on <bdi>${server}</bdi></span>`,
      markup`${renderStatusLabel(status)}<span class="reason">${used}${
        wal_status === null ? "" : `; WAL ${wal_status}`
      }${why}</span>`,
      formatBytesOrUnknown(slot.lag_bytes),
      renderHeadroom(slot),
      describeForecast(slot),
    ],
  };
}

function renderHeadroom({ headroom_ratio, safe_wal_bytes, status, wal_status }: ReportSlot): Markup {
  if (headroom_ratio === null) {
    return markup`<span class="quiet">${
      safe_wal_bytes === null
        ? describeLimit(wal_status)
        : `${formatBytesOrUnknown(Math.max(0, safe_wal_bytes))} left`
    }</span>`;
  }
  const share = Math.max(0, Math.min(1, headroom_ratio));
  const text = `${Math.floor(share * 100)} % left${
    safe_wal_bytes === null ? "" : `, ${formatBytesOrUnknown(Math.max(0, safe_wal_bytes))}`
  }`;
  const fill = Math.round(share * BAR_WIDTH);
  const [width, height] = [BAR_WIDTH, BAR_HEIGHT];
  return markup`<svg class="bar ${status}" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" aria-hidden="true"><rect class="all" width="${width}" height="${height}" rx="4"/><rect class="left" width="${fill}" height="${height}" rx="4"/></svg><span class="about">${text}</span>`;
}

/** The headroom without `safe_wal_size`, which every slot has that is limited and not lost. */
function describeLimit(walStatus: string | null): string {
  if (walStatus === null) return "unknown";
  return walStatus === "lost" ? "none left" : "no limit but disk space";
}

function describeForecast({ headroom_ratio, lost_in_seconds, wal_status }: ReportSlot): string {
  if (wal_status === "lost" || lost_in_seconds === 0) return "lost";
  if (lost_in_seconds === null) return headroom_ratio === null ? "none" : "no loss expected";
  const rest = lost_in_seconds < 60
    ? formatSecondsOrUnknown(lost_in_seconds)
    : formatRoughly(lost_in_seconds);
  return `lost in ${rest} at the current rate`;
}
