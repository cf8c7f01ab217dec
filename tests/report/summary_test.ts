import { assertEquals } from "@std/assert";
import { deriveSummary } from "../../src/report/summary.ts";

Deno.test("deriveSummary() counts by status and leaves what is unknown out of lags", () => {
  assertEquals(
    deriveSummary([
      { status: "healthy", lag_seconds: 1, lag_bytes: 10 },
      { status: "warning", lag_seconds: 5, lag_bytes: null },
      { status: "critical", lag_seconds: null, lag_bytes: 4096 },
      { status: "unknown", lag_seconds: null, lag_bytes: null },
    ]),
    {
      total_standbys: 4,
      healthy_standbys: 1,
      warning_standbys: 1,
      critical_standbys: 1,
      unknown_standbys: 1,
      max_lag_seconds: 5,
      average_lag_seconds: 3,
      max_lag_bytes: 4096,
    },
  );
});

Deno.test("deriveSummary() without standbys has an unknown lag, not 0", () => {
  const { total_standbys, max_lag_seconds, average_lag_seconds, max_lag_bytes } = deriveSummary([]);
  assertEquals([total_standbys, max_lag_seconds, average_lag_seconds, max_lag_bytes], [0, null, null, null]);
});
