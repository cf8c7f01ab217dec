/**
 * A real Prometheus for tests.
 *
 * @module
 */
import { findFreePort } from "../../compose/lab/ports.ts";
import { findProgram } from "../exposition/programs.ts";

/** Why tests with it are skipped; "" when they run. */
export const WITHOUT_PROMETHEUS: string =
  await findProgram("prometheus") !== null && await findProgram("promtool") !== null
    ? ""
    : " (skipped: no prometheus and promtool on the PATH)";

/** A Prometheus server for one test. */
export class Prometheus implements AsyncDisposable {
  readonly #url: string;
  readonly #child: Deno.ChildProcess;
  readonly #directory: string;
  readonly #stderr: Promise<string>;

  private constructor(directory: string) {
    const address = `127.0.0.1:${findFreePort()}`;
    this.#url = `http://${address}`;
    this.#directory = directory;
    this.#child = new Deno.Command("prometheus", {
      args: [
        `--config.file=${directory}/prometheus.yml`,
        `--storage.tsdb.path=${directory}/data`,
        `--web.listen-address=${address}`,
        "--log.level=warn",
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#stderr = new Response(this.#child.stderr).text();
  }

  /**
   * Starts it.
   *
   * @param config Its configuration; `rules.yml` in it is the file of the rules.
   * @param rules Rules; none when absent.
   */
  static async start(config: string, rules = ""): Promise<Prometheus> {
    const directory = await Deno.makeTempDir({ prefix: "pgrepl-prometheus-" });
    await Deno.writeTextFile(`${directory}/prometheus.yml`, config);
    await Deno.writeTextFile(`${directory}/rules.yml`, rules);
    return new Prometheus(directory);
  }

  /** `data` of a response of its API. */
  async get(path: string): Promise<unknown> {
    const response = await fetch(this.#url + path);
    const body: unknown = await response.json();
    if (typeof body === "object" && body !== null && "data" in body) return body.data;
    throw new Error(`Prometheus answered ${response.status}: ${JSON.stringify(body)}`);
  }

  /** Label sets and values of an instant query, as sorted lines of JSON. */
  async query(expression: string): Promise<readonly string[]> {
    const data = await this.get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    if (typeof data !== "object" || data === null || !("result" in data) || !Array.isArray(data.result)) {
      throw new Error(`Prometheus answered a query with ${JSON.stringify(data)}`);
    }
    return data.result.map(({ metric, value }) => `${JSON.stringify(metric)} ${value[1]}`).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await this.#stderr;
    await Deno.remove(this.#directory, { recursive: true });
  }
}
