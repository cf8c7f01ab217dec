/**
 * `deno task docs`: writes the pages that are generated from definitions in the source.
 *
 * @module
 */
import { renderDashboard } from "../../src/cli/dashboard.ts";
import { fileSettings } from "../../src/cli/settings/file_settings.ts";
import { defineFlags } from "../../src/cli/settings/flags.ts";
import { renderRules } from "../../src/cli/rules.ts";
import { checks } from "../../src/cluster/findings/checks.ts";
import { collectors } from "../../src/collectors/registry.ts";
import { LINT_EXCEPTIONS } from "./metric_lint_exceptions.ts";
import { alertGroups } from "../../src/report/alerts/catalogue.ts";
import { publishedFamilies, viewFamilies } from "../../src/scrape/published_families.ts";
import { selfFamilies } from "../../src/scrape/self_metrics.ts";
import { appEndpoints } from "../../src/web/endpoints.ts";
import { managementEndpoints } from "../../src/web/management/endpoints.ts";
import { renderConfigPage } from "./config_page.ts";
import { renderConfigSchema } from "./config_schema.ts";
import { PAGE_EXAMPLES, withExample } from "./examples.ts";
import { renderFindingsPage } from "./findings_page.ts";
import { renderFlagsPage } from "./flags_page.ts";
import { renderHttpPage } from "./http_page.ts";
import { renderReportSchema } from "./report_schema.ts";
import { renderLinkedRunbook, renderRunbookIndex } from "./runbook_page.ts";
import { renderMetricsPage, sectionOf } from "./metrics_page.ts";

/** Directory of the repository. */
const ROOT = new URL("../../", import.meta.url).pathname;

/** A generated page, or one with a generated example. */
export interface GeneratedPage {
  /** Path from the root. */
  readonly path: string;
  /** Its text. */
  readonly text: string;
}

/** Every generated page. */
export function generatePages(): readonly GeneratedPage[] {
  const isClassic = (name: string) => !name.startsWith("pgrepl_");
  return [
    {
      path: "docs/METRICS.md",
      text: renderMetricsPage([
        {
          title: "Lag, health and topology",
          text: "Derived from the values of all servers of a cluster at one moment.",
          families: viewFamilies.filter(({ name }) => !isClassic(name)),
        },
        {
          title: "Classic families",
          text: "Names, labels and meaning of the original script, for dashboards that use them. " +
            "`promtool check metrics` warns about two of them, which are kept: " +
            LINT_EXCEPTIONS.filter(({ rule }) => rule !== "prefix")
              .map(({ family, reason }) => `\`${family}\` (${reason})`).join("; ") +
            ". With `--compat=postgres_exporter` two of them have the meaning of that exporter: " +
            "[postgres_exporter.md](migration/postgres_exporter.md).",
          families: viewFamilies.filter(({ name }) => isClassic(name)),
        },
        ...collectors.map(sectionOf),
        { title: "Exporter", text: "About the exporter itself.", families: selfFamilies },
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
      text: renderFindingsPage(checks, alertGroups),
    },
    {
      path: "docs/HTTP.md",
      text: renderHttpPage([
        {
          title: "For people, Prometheus and balancers",
          text:
            "On `--web.listen-address`. `--web.telemetry-path` sets the path of `/metrics`; it must not be one of the " +
            "other paths.",
          endpoints: appEndpoints("/metrics"),
        },
        {
          title: "Management",
          text:
            "On the management socket (`--management.socket`), which only the exporter's user and root may use, with " +
            "`ctl` or with `curl --unix-socket /run/pg-replication-exporter/ctl.sock http://ctl/v1/status`. Over the " +
            "network only with `--web.enable-management`, and then only over TLS with logins or verified client " +
            "certificates, or with `--web.allow-plain-management`. Requests from pages of other sites are rejected, and " +
            "so are, over plain HTTP, host names that such a page could use: [SECURITY.md](SECURITY.md).",
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
      text: renderRules("http://localhost:9188/runbooks"),
    },
    {
      path: "compose/grafana/dashboards/pg-replication.json",
      text: renderDashboard(),
    },
    ...PAGE_EXAMPLES.map(({ page, golden, upTo }) => ({
      path: page,
      text: withExample(Deno.readTextFileSync(ROOT + page), Deno.readTextFileSync(ROOT + golden), upTo),
    })),
    ...alertGroups.flatMap(({ alerts }) =>
      alerts.map((alert) => ({ path: `docs/runbooks/${alert.name}.md`, text: renderLinkedRunbook(alert) }))
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
