import { assertEquals } from "@std/assert";
import { measureFindings } from "../../../src/cluster/findings/families.ts";
import type { Finding } from "../../../src/domain/finding.ts";
import { viewOf } from "./views.ts";

function finding(changes: Partial<Finding>): Finding {
  return {
    check: "slot_inactive",
    severity: "warning",
    server: "primary",
    subject: "",
    summary: "",
    evidence: "",
    advice: "",
    since: 0,
    ...changes,
  };
}

Deno.test("measureFindings() counts findings by server, check and severity", () => {
  const findings = [
    finding({ subject: "a" }),
    finding({ subject: "b" }),
    finding({ subject: "c", severity: "critical" }),
    finding({ check: "split_brain", server: "cluster", subject: "shop" }),
  ];
  const view = viewOf({
    primarySnapshot: { cluster: "shop" },
    cluster: { cluster: "shop" },
    view: { findings },
  });
  assertEquals([...measureFindings(view)].map(({ family, labels, value }) => [family.name, labels, value]), [
    [
      "pgrepl_finding",
      { instance: "primary", cluster: "shop", check: "slot_inactive", severity: "warning" },
      2,
    ],
    [
      "pgrepl_finding",
      { instance: "primary", cluster: "shop", check: "slot_inactive", severity: "critical" },
      1,
    ],
    [
      "pgrepl_finding",
      { instance: "cluster", cluster: "shop", check: "split_brain", severity: "warning" },
      1,
    ],
  ]);
  assertEquals([...measureFindings(viewOf())], []);
});
