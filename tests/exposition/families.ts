/**
 * Families with the text they must become in either format.
 *
 * @module
 */
import type { Family } from "../../src/metrics/family.ts";

/** A family and its literal text. */
export interface FamilyCase {
  readonly title: string;
  readonly family: Family;
  /** In text format 0.0.4. */
  readonly text: string;
  /** In OpenMetrics 1.0, without `# EOF`. */
  readonly openMetrics: string;
}

/** A family without samples. */
export const EMPTY: Family = {
  name: "pgrepl_empty",
  type: "gauge",
  help: "Nothing",
  labels: [],
  samples: [],
};

/** A family with samples 0, 1, 2 and so on. */
export function manySamples(count: number): Family {
  const samples = Array.from(
    { length: count },
    (_, index) => ({ labels: { n: String(index) }, value: index }),
  );
  return { name: "pgrepl_many", type: "gauge", help: "Many", labels: ["n"], samples };
}

/** One case for each thing that differs. */
export const CASES: readonly FamilyCase[] = [
  {
    title: "a gauge without labels",
    family: {
      name: "pgrepl_age",
      type: "gauge",
      help: "Age",
      labels: [],
      samples: [{ labels: {}, value: 0.25 }],
    },
    text: "# HELP pgrepl_age Age\n# TYPE pgrepl_age gauge\npgrepl_age 0.25\n",
    openMetrics: "# TYPE pgrepl_age gauge\n# HELP pgrepl_age Age\npgrepl_age 0.25\n",
  },
  {
    title: "labels in declared order, empty and absent ones left out",
    family: {
      name: "pgrepl_up",
      type: "gauge",
      help: "Whether the server answers",
      labels: ["instance", "cluster", "role"],
      samples: [
        { labels: { role: "primary", instance: "a", cluster: "main" }, value: 1 },
        { labels: { role: "standby", instance: "b", cluster: "" }, value: 0 },
        { labels: { cluster: "main" }, value: 1 },
        { labels: {}, value: NaN },
      ],
    },
    text: "# HELP pgrepl_up Whether the server answers\n# TYPE pgrepl_up gauge\n" +
      'pgrepl_up{instance="a",cluster="main",role="primary"} 1\n' +
      'pgrepl_up{instance="b",role="standby"} 0\n' +
      'pgrepl_up{cluster="main"} 1\n' +
      "pgrepl_up NaN\n",
    openMetrics: "# TYPE pgrepl_up gauge\n# HELP pgrepl_up Whether the server answers\n" +
      'pgrepl_up{instance="a",cluster="main",role="primary"} 1\n' +
      'pgrepl_up{instance="b",role="standby"} 0\n' +
      'pgrepl_up{cluster="main"} 1\n' +
      "pgrepl_up NaN\n",
  },
  {
    title: "a counter with a unit",
    family: {
      name: "pgrepl_wal_bytes_total",
      type: "counter",
      help: "WAL bytes written",
      labels: ["instance"],
      unit: "bytes",
      samples: [{ labels: { instance: "a" }, value: 2 ** 40 }],
    },
    text: "# HELP pgrepl_wal_bytes_total WAL bytes written\n# TYPE pgrepl_wal_bytes_total counter\n" +
      'pgrepl_wal_bytes_total{instance="a"} 1099511627776\n',
    openMetrics: "# TYPE pgrepl_wal_bytes counter\n# UNIT pgrepl_wal_bytes bytes\n" +
      '# HELP pgrepl_wal_bytes WAL bytes written\npgrepl_wal_bytes_total{instance="a"} 1099511627776\n',
  },
  {
    title: "an info family",
    family: {
      name: "pgrepl_server_info",
      type: "info",
      help: "Version and identity of the server",
      labels: ["instance", "version"],
      samples: [{ labels: { instance: "a", version: "15.18 (Debian 15.18-0+deb12u1)" }, value: 1 }],
    },
    text: "# HELP pgrepl_server_info Version and identity of the server\n# TYPE pgrepl_server_info gauge\n" +
      'pgrepl_server_info{instance="a",version="15.18 (Debian 15.18-0+deb12u1)"} 1\n',
    openMetrics: "# TYPE pgrepl_server info\n# HELP pgrepl_server Version and identity of the server\n" +
      'pgrepl_server_info{instance="a",version="15.18 (Debian 15.18-0+deb12u1)"} 1\n',
  },
  {
    title: "a counter of another exporter, without _total",
    family: {
      name: "pg_stat_archiver_failed_count",
      type: "unknown",
      textType: "counter",
      help: "Failures",
      labels: [],
      samples: [{ labels: {}, value: 3 }],
    },
    text: "# HELP pg_stat_archiver_failed_count Failures\n# TYPE pg_stat_archiver_failed_count counter\n" +
      "pg_stat_archiver_failed_count 3\n",
    openMetrics:
      "# TYPE pg_stat_archiver_failed_count unknown\n# HELP pg_stat_archiver_failed_count Failures\n" +
      "pg_stat_archiver_failed_count 3\n",
  },
  {
    title: "a family of unknown type",
    family: {
      name: "pg_stat_replication_reply_time",
      type: "unknown",
      help: "Unknown",
      labels: [],
      samples: [{ labels: {}, value: 1.5 }],
    },
    text: "# HELP pg_stat_replication_reply_time Unknown\n# TYPE pg_stat_replication_reply_time untyped\n" +
      "pg_stat_replication_reply_time 1.5\n",
    openMetrics:
      "# TYPE pg_stat_replication_reply_time unknown\n# HELP pg_stat_replication_reply_time Unknown\n" +
      "pg_stat_replication_reply_time 1.5\n",
  },
  {
    title: "a histogram, whose bounds are floating-point numbers in both formats",
    family: {
      name: "pgrepl_lag_seconds",
      type: "histogram",
      help: "Lag",
      labels: ["instance", "cluster"],
      unit: "seconds",
      samples: [
        {
          labels: { instance: 'a"b', cluster: "" },
          value: 6,
          histogram: { bounds: [0.5, 5], counts: [3, 1, 2], sum: 20.25, createdUnixSeconds: 1794997600.5 },
        },
      ],
    },
    text: "# HELP pgrepl_lag_seconds Lag\n# TYPE pgrepl_lag_seconds histogram\n" +
      'pgrepl_lag_seconds_bucket{instance="a\\"b",le="0.5"} 3\n' +
      'pgrepl_lag_seconds_bucket{instance="a\\"b",le="5.0"} 4\n' +
      'pgrepl_lag_seconds_bucket{instance="a\\"b",le="+Inf"} 6\n' +
      'pgrepl_lag_seconds_sum{instance="a\\"b"} 20.25\npgrepl_lag_seconds_count{instance="a\\"b"} 6\n',
    openMetrics: "# TYPE pgrepl_lag_seconds histogram\n# UNIT pgrepl_lag_seconds seconds\n" +
      "# HELP pgrepl_lag_seconds Lag\n" +
      'pgrepl_lag_seconds_bucket{instance="a\\"b",le="0.5"} 3\n' +
      'pgrepl_lag_seconds_bucket{instance="a\\"b",le="5.0"} 4\n' +
      'pgrepl_lag_seconds_bucket{instance="a\\"b",le="+Inf"} 6\n' +
      'pgrepl_lag_seconds_sum{instance="a\\"b"} 20.25\npgrepl_lag_seconds_count{instance="a\\"b"} 6\n' +
      'pgrepl_lag_seconds_created{instance="a\\"b"} 1794997600.5\n',
  },
  {
    title: "a histogram without labels or observations",
    family: {
      name: "pgrepl_wait_seconds",
      type: "histogram",
      help: "",
      labels: [],
      samples: [
        { labels: {}, value: 0, histogram: { bounds: [1], counts: [0, 0], sum: 0, createdUnixSeconds: 7 } },
      ],
    },
    text: "# TYPE pgrepl_wait_seconds histogram\n" +
      'pgrepl_wait_seconds_bucket{le="1.0"} 0\npgrepl_wait_seconds_bucket{le="+Inf"} 0\n' +
      "pgrepl_wait_seconds_sum 0\npgrepl_wait_seconds_count 0\n",
    openMetrics: "# TYPE pgrepl_wait_seconds histogram\n" +
      'pgrepl_wait_seconds_bucket{le="1.0"} 0\npgrepl_wait_seconds_bucket{le="+Inf"} 0\n' +
      "pgrepl_wait_seconds_sum 0\npgrepl_wait_seconds_count 0\npgrepl_wait_seconds_created 7\n",
  },
  {
    title: "text that needs escaping",
    family: {
      name: "pgrepl_hostile",
      type: "gauge",
      help: 'A "quoted" C:\\path\nand a second line',
      labels: ["name"],
      samples: [
        { labels: { name: '"},evil{a="' }, value: Infinity },
        { labels: { name: "C:\\new\n# EOF\n" }, value: -Infinity },
      ],
    },
    text: '# HELP pgrepl_hostile A "quoted" C:\\\\path\\nand a second line\n# TYPE pgrepl_hostile gauge\n' +
      'pgrepl_hostile{name="\\"},evil{a=\\""} +Inf\npgrepl_hostile{name="C:\\\\new\\n# EOF\\n"} -Inf\n',
    openMetrics: "# TYPE pgrepl_hostile gauge\n" +
      '# HELP pgrepl_hostile A \\"quoted\\" C:\\\\path\\nand a second line\n' +
      'pgrepl_hostile{name="\\"},evil{a=\\""} +Inf\npgrepl_hostile{name="C:\\\\new\\n# EOF\\n"} -Inf\n',
  },
  {
    title: "no help",
    family: { name: "pgrepl_bare", type: "gauge", help: "", labels: [], samples: [{ labels: {}, value: 1 }] },
    text: "# TYPE pgrepl_bare gauge\npgrepl_bare 1\n",
    openMetrics: "# TYPE pgrepl_bare gauge\npgrepl_bare 1\n",
  },
  {
    title: "labels named as an object's inherited properties",
    family: {
      name: "pgrepl_inherited",
      type: "gauge",
      help: "Traps",
      labels: ["constructor", "toString"],
      samples: [{ labels: {}, value: 1 }, { labels: { toString: "x" }, value: 2 }],
    },
    text: "# HELP pgrepl_inherited Traps\n# TYPE pgrepl_inherited gauge\n" +
      'pgrepl_inherited 1\npgrepl_inherited{toString="x"} 2\n',
    openMetrics: "# TYPE pgrepl_inherited gauge\n# HELP pgrepl_inherited Traps\n" +
      'pgrepl_inherited 1\npgrepl_inherited{toString="x"} 2\n',
  },
];
