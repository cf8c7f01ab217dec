/**
 * `deno task docs`: writes the pages that follow from definitions in the source.
 *
 * @module
 */
import { renderDashboard } from "../../src/cli/dashboard.ts";
import { fileSettings } from "../../src/cli/settings/file_settings.ts";
import { defineFlags } from "../../src/cli/settings/flags.ts";
import { renderRules } from "../../src/cli/rules.ts";
import { checks } from "../../src/cluster/findings/checks.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { LINT_EXCEPTIONS } from "../../src/metrics/lint_exceptions.ts";
import { alertGroups } from "../../src/report/alerts/catalogue.ts";
import { publishedFamilies, viewFamilies } from "../../src/scrape/published_families.ts";
import { selfFamilies } from "../../src/scrape/self_metrics.ts";
import { appEndpoints } from "../../src/web/endpoints.ts";
import { managementEndpoints } from "../../src/web/management/endpoints.ts";
import { renderConfigPage } from "./config_page.ts";
import { renderConfigSchema } from "./config_schema.ts";
import { renderFindingsPage } from "./findings_page.ts";
import { renderFlagsPage } from "./flags_page.ts";
import { renderHttpPage } from "./http_page.ts";
import { renderReportSchema } from "./report_schema.ts";
import { renderRunbook, renderRunbookIndex } from "./runbook_page.ts";
import { renderMetricsPage, sectionOf } from "./metrics_page.ts";

/** Directory of the repository. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** A page that is written, never edited. */
export interface GeneratedPage {
  /** Path from the root. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** Every page that is written from definitions. */
export function generatePages(): readonly GeneratedPage[] {
  const isClassic = (name: string) => !name.startsWith("pgrepl_");
  return [
    {
      path: "docs/METRICS.md",
      text: renderMetricsPage([
        {
          title: "Lag, health and topology",
          text: "Derived from what all servers of a cluster say at one moment.",
          families: viewFamilies.filter(({ name }) => !isClassic(name)),
        },
        {
          title: "Classic families",
          text: "Names, labels and meaning as in the original script, for dashboards that use them. " +
            "`promtool check metrics` remarks on two of them, which stay as they are: " +
            LINT_EXCEPTIONS.filter(({ rule }) => rule !== "prefix")
              .map(({ family, reason }) => `\`${family}\` (${reason})`).join("; ") +
            ".",
          families: viewFamilies.filter(({ name }) => isClassic(name)),
        },
        ...collectors.map(sectionOf),
        { title: "Exporter", text: "About this program and its work.", families: selfFamilies },
      ]),
    },
    {
      path: "docs/FLAGS.md",
      text: renderFlagsPage(defineFlags(collectors)),
    },
    {
      path: "docs/CONFIGURATION.md",
      text: renderConfigPage(fileSettings(defineFlags(collectors))),
    },
    {
      path: "docs/config.schema.json",
      text: renderConfigSchema(fileSettings(defineFlags(collectors))),
    },
    {
      path: "docs/FINDINGS.md",
      text: renderFindingsPage(checks),
    },
    {
      path: "docs/HTTP.md",
      text: renderHttpPage([
        {
          title: "For people, Prometheus and balancers",
          text:
            "On `--web.listen-address`. `/metrics` is where `--web.telemetry-path` says, which may be at none of " +
            "the other paths.",
          endpoints: appEndpoints("/metrics"),
        },
        {
          title: "Management",
          text:
            "On the management socket (`--management.socket`), which only the user of the exporter and root may use; " +
            "`ctl` speaks to it, and `curl --unix-socket /run/pg-replication-exporter/ctl.sock http://ctl/v1/status` " +
            "does. Over the network only with `--web.enable-management`, and then only over TLS with logins or verified " +
            "client certificates, or with `--web.allow-plain-management`; never for the page of another site, and over " +
            "plain HTTP by no name that could be such a page's: [SECURITY.md](SECURITY.md).",
          endpoints: managementEndpoints,
        },
      ]),
    },
    {
      path: "docs/report.schema.json",
      text: renderReportSchema(),
    },
    {
      path: "docs/runbooks/README.md",
      text: renderRunbookIndex(alertGroups),
    },
    {
      path: "compose/prometheus/rules.yml",
      text: renderRules(),
    },
    {
      path: "compose/grafana/dashboards/pg-replication.json",
      text: renderDashboard(),
    },
    ...alertGroups.flatMap(({ alerts }) =>
      alerts.map((alert) => ({ path: `docs/runbooks/${alert.name}.md`, text: renderRunbook(alert) }))
    ),
  ];
}

/** Names of every family the program publishes. */
export function metricNames(): readonly string[] {
  return publishedFamilies(collectors).map(({ name }) => name);
}

if (import.meta.main) {
  for (const { path, text } of generatePages()) await Deno.writeTextFile(ROOT + path, text);
}
