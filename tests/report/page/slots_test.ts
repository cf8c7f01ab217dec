import { assertEquals, assertStringIncludes } from "@std/assert";
import { renderSlots } from "../../../src/report/page/slots.ts";
import type { ReportSlot } from "../../../src/report/model.ts";
import { NOW, SLOT, textOf } from "./reports.ts";

function rowOf(changes: Partial<ReportSlot>): string {
  const html = renderSlots([{ ...SLOT, ...changes }], { now: NOW });
  return typeof html === "string" ? html : textOf(html.text.split("<tbody")[1] ?? "").replace(/^.*?> /, "");
}

Deno.test("renderSlots() shows use, headroom as a bar and in words, and the forecast", () => {
  assertEquals(
    rowOf({}),
    "standby_slot physical, on primary healthy active, used by standby ; WAL reserved 4.0 KiB 75 % left, 48.0 MiB no loss expected"
      .replace("standby ;", "standby;"),
  );
  const html = renderSlots([SLOT], { now: NOW });
  assertStringIncludes(typeof html === "string" ? html : html.text, '<rect class="left" width="90"');
});

for (
  const [changes, expected] of [
    [{ lost_in_seconds: 7500 }, "lost in 2 h 5 min at the current rate"],
    [{ lost_in_seconds: 42 }, "lost in 42.0 s at the current rate"],
    [
      { wal_status: "lost", status: "critical", headroom_ratio: -0.2, safe_wal_bytes: -5 },
      "0 % left, 0 B lost",
    ],
    [{ headroom_ratio: null, safe_wal_bytes: null }, "no limit but disk space none"],
    [{ headroom_ratio: null, safe_wal_bytes: null, wal_status: "lost" }, "none left lost"],
    [{ headroom_ratio: null, safe_wal_bytes: null, wal_status: null }, "unknown none"],
    [{ headroom_ratio: null, safe_wal_bytes: 2048 }, "2.0 KiB left none"],
    [{ active: false, type: "logical", used_by: "orders on sub" }, "inactive, slot of orders on sub;"],
    [{ active: false }, "inactive; WAL"],
    [{ active: false, inactive_since_unix_seconds: NOW - 60 }, "inactive since 10:25:40 UTC"],
    [{ invalidation_reason: "wal_removed" }, "invalidated: wal_removed"],
    [{ lag_bytes: null }, "unknown 75 % left"],
  ] as const
) {
  Deno.test(`renderSlots() shows ${expected}`, () => assertStringIncludes(rowOf(changes), expected));
}

Deno.test("renderSlots() is empty without slots", () => assertEquals(renderSlots([], { now: NOW }), ""));
