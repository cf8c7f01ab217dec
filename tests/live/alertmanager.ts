/**
 * A real Alertmanager for tests, and what it notifies.
 *
 * @module
 */
import { stringify } from "yaml";
import { findFreePort } from "../../compose/lab/ports.ts";
import { buildInhibitRules, inhibitions } from "../../src/report/alerts/inhibitions.ts";
import { findProgram } from "../exposition/programs.ts";
import { until } from "../../compose/lab/until.ts";

/** Why tests with it are skipped; "" when they run. */
export const WITHOUT_ALERTMANAGER: string =
  await findProgram("prometheus-alertmanager") !== null && await findProgram("amtool") !== null
    ? ""
    : " (skipped: no prometheus-alertmanager and amtool on the PATH)";

/** Labels of an alert. */
export type Labels = Readonly<Record<string, string>>;

/** Its configuration: one page for each alert and cluster, and our inhibitions. */
export function alertmanagerConfig(webhook: string): string {
  return stringify({
    route: {
      receiver: "test",
      group_by: ["alertname", "cluster"],
      group_wait: "1s",
      group_interval: "1s",
      repeat_interval: "1h",
    },
    receivers: [{ name: "test", webhook_configs: [{ url: webhook, send_resolved: false }] }],
    ...buildInhibitRules(inhibitions),
  }, { lineWidth: 0 });
}

interface Notification {
  readonly labels: Labels;
  readonly annotations: Labels;
}

function isNotification(value: unknown): value is Notification {
  return typeof value === "object" && value !== null && "labels" in value && "annotations" in value;
}

/** An Alertmanager for one test. */
export class Alertmanager implements AsyncDisposable {
  /** Its host and port. */
  readonly address: string;
  readonly #notified: readonly Notification[];
  readonly #owned: AsyncDisposableStack;

  private constructor(
    address: string,
    { notified, owned }: { readonly notified: readonly Notification[]; readonly owned: AsyncDisposableStack },
  ) {
    this.address = address;
    this.#notified = notified;
    this.#owned = owned;
  }

  /** Starts it, and waits until it is ready; when that fails, nothing is left of it. */
  static async start(): Promise<Alertmanager> {
    await using owned = new AsyncDisposableStack();
    const notified: Notification[] = [];
    const webhook = owned.adopt(
      Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
        const body: unknown = await request.json();
        if (typeof body === "object" && body !== null && "alerts" in body && Array.isArray(body.alerts)) {
          notified.push(...body.alerts.filter(isNotification));
        }
        return new Response();
      }),
      (server) => server.shutdown(),
    );
    const directory = owned.adopt(
      await Deno.makeTempDir({ prefix: "pgrepl-alertmanager-" }),
      (path) => Deno.remove(path, { recursive: true }),
    );
    const url = `http://127.0.0.1:${webhook.addr.port}/`;
    await Deno.writeTextFile(`${directory}/alertmanager.yml`, alertmanagerConfig(url));
    const address = `127.0.0.1:${findFreePort()}`;
    const child = new Deno.Command("prometheus-alertmanager", {
      args: [
        `--config.file=${directory}/alertmanager.yml`,
        `--storage.path=${directory}/data`,
        `--web.listen-address=${address}`,
        "--cluster.listen-address=",
        "--log.level=warn",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const stderr = new Response(child.stderr).text();
    let hasEnded = false;
    const ended = child.status.then(() => hasEnded = true);
    owned.defer(async () => {
      if (!hasEnded) child.kill("SIGTERM");
      await ended;
      await stderr;
    });
    await until("Alertmanager to be ready, or to end", async () => {
      const response = await fetch(`http://${address}/-/ready`).catch(() => null);
      await response?.body?.cancel();
      return response?.ok === true || hasEnded;
    });
    if (hasEnded) throw new Error(`Alertmanager has ended: ${await stderr}`);
    return new Alertmanager(address, { notified, owned: owned.move() });
  }

  /** Labels of all alerts that it has notified, the first first. */
  get notified(): readonly Labels[] {
    return this.#notified.map(({ labels }) => labels);
  }

  /** The first summary of each alert that it has notified, by its name. */
  get summaries(): ReadonlyMap<string, string> {
    return new Map(
      this.#notified.toReversed().map(({ labels, annotations }) =>
        [labels.alertname ?? "", annotations.summary ?? ""] as const
      ),
    );
  }

  /** Tells it that these alerts fire. */
  async fire(alerts: readonly Labels[]): Promise<void> {
    const response = await fetch(`http://${this.address}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(alerts.map((labels) => ({ labels }))),
    });
    const said = await response.text();
    if (!response.ok) throw new Error(`Alertmanager answered ${response.status}: ${said}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }
}
