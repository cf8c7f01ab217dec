import { assertEquals } from "@std/assert";
import type { PreflightPoint } from "../../../src/cluster/preflight/preflight.ts";
import {
  headlineOf,
  NOTHING_KNOWN,
  sorted,
  undecided,
  verdictOf,
} from "../../../src/cluster/preflight/verdict.ts";

const point = (weight: PreflightPoint["weight"], part: PreflightPoint["part"] = "slots"): PreflightPoint => ({
  part,
  weight,
  text: weight,
  advice: "",
});

Deno.test("the worst point decides; an unknown loss is not a known one", () => {
  const of = (...weights: readonly PreflightPoint["weight"][]) =>
    verdictOf(weights.map((each) => point(each)), { ...NOTHING_KNOWN, bytes: 1 });
  assertEquals([
    of("fine", "info"),
    of("warning"),
    of("loss", "warning"),
    of("unknown", "loss"),
    of("no_go", "unknown"),
  ], [
    "go",
    "go_with_warnings",
    "go_with_losses",
    "unknown",
    "no_go",
  ]);
  assertEquals(verdictOf([point("loss")], NOTHING_KNOWN), "go_with_unknown_losses");
});

Deno.test("the headline names what decides, points are sorted by part", () => {
  assertEquals(
    headlineOf("pg-2", { verdict: "go_with_warnings", points: [point("fine"), point("warning")] }),
    'Go, with warnings: "pg-2" may become the primary. warning',
  );
  assertEquals(
    sorted([point("fine"), point("info", "loss"), point("loss", "loss")]).map(({ weight }) => weight),
    [
      "loss",
      "info",
      "fine",
    ],
  );
  assertEquals(undecided("pg-2", point("no_go")).verdict, "no_go");
});
