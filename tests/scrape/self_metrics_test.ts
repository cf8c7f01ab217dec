import { assert, assertEquals } from "@std/assert";
import type { ServerSnapshot } from "../../src/domain/view.ts";
import type { Measurement } from "../../src/metrics/family.ts";
import { measureProcess, measureRejected, measureWatch } from "../../src/scrape/self_metrics.ts";

const snapshot: ServerSnapshot = {
  server: "primary",
  cluster: "",
  up: true,
  trouble: null,
  role: "primary",
  readAt: 100,
  facts: {},
  runs: [
    { collector: "server", outcome: "ok", reason: "", durationSeconds: 0.002 },
    { collector: "receiver", outcome: "skipped", reason: "Does not apply to a primary", durationSeconds: 0 },
    { collector: "wal_directory", outcome: "failed", reason: "statement timeout", durationSeconds: 0.5 },
  ],
  connectDurationSeconds: 0.01,
  collectionDurationSeconds: 0.51,
};

function values(measurements: Iterable<Measurement>): Record<string, number> {
  return Object.fromEntries(
    [...measurements].map(({ family, labels, value }) => [
      [
        family.name,
        ...Object.entries(labels).filter(([name]) => name !== "instance" && name !== "cluster")
          .map(([, label]) => label),
      ].join(" "),
      value,
    ]),
  );
}

Deno.test("measureWatch() measures success and failure, and only the outcome of a skipped collector", () => {
  const got = values(measureWatch({ snapshot, connects: 2, errors: new Map([["timeout", 3]]) }, 101.5));
  assertEquals(got["pgrepl_collector_success server"], 1);
  assertEquals(got["pgrepl_collector_success wal_directory"], 0);
  assertEquals(got["pgrepl_collector_success receiver"], undefined);
  assertEquals(got["pgrepl_collector_outcome receiver skipped"], 1);
  assertEquals(got["pgrepl_collector_duration_seconds wal_directory"], 0.5);
  assertEquals(got["pgrepl_collection_age_seconds"], 1.5);
  assertEquals(got["pgrepl_connects_total"], 2);
  assertEquals([got["pgrepl_errors_total timeout"], got["pgrepl_errors_total auth"]], [3, 0]);
});

Deno.test("measureWatch() gives no age to a server that was never read", () => {
  const got = values(
    measureWatch({ snapshot: { ...snapshot, readAt: null }, connects: 0, errors: new Map() }, 101.5),
  );
  assertEquals(got["pgrepl_collection_age_seconds"], undefined);
});

Deno.test("measureProcess() measures build, start time, CPU and memory", () => {
  const got = values(measureProcess({ version: "1.2.3", revision: "abc" }));
  assertEquals(got[`pgrepl_build_info 1.2.3 abc ${Deno.version.deno}`], 1);
  assert((got["process_cpu_seconds_total"] ?? 0) > 0);
  assert((got["process_resident_memory_bytes"] ?? 0) > 1 << 20);
  assert(Math.abs((got["process_start_time_seconds"] ?? 0) - Date.now() / 1000) < 3600);
});

Deno.test("measureRejected() measures 0 too, so that an alert can be written", () => {
  assertEquals(values(measureRejected(0)), { pgrepl_rejected_samples: 0 });
});
