/** An exporter that watches a simulated fleet. */
import { FROM_SOURCE } from "../stage.ts";
import { ChildServer } from "../child_server.ts";
import type { FleetServer } from "./simulator.ts";

/** How the exporter learns of the servers: from its configuration, or from probes only. */
export type FleetMode = "configured" | "probed";

/** An exporter with its configuration file; disposing it ends it. */
export class FleetExporter implements AsyncDisposable {
  /** The process. */
  readonly child: ChildServer;
  /** The path that probes each server. */
  readonly paths: readonly string[];
  readonly #file: string;

  private constructor(
    child: ChildServer,
    fields: { readonly paths: readonly string[]; readonly file: string },
  ) {
    this.child = child;
    this.paths = fields.paths;
    this.#file = fields.file;
  }

  /** Starts one; it has answered, but its servers may not be collected yet. */
  static async start(servers: readonly FleetServer[], mode: FleetMode): Promise<FleetExporter> {
    const file = await Deno.makeTempFile({ prefix: "pgrepl-fleet-", suffix: ".yml" });
    await Deno.writeTextFile(file, mode === "configured" ? configured(servers) : PROBED);
    const child = await ChildServer.start({
      command: (
        address,
      ) => [...FROM_SOURCE, "serve", `--web.listen-address=${address}`, `--config.file=${file}`],
      env: {},
      isReady: () => true,
    });
    const paths = servers.map(({ cluster, name, address, port }) =>
      mode === "configured"
        ? `/probe?target=${name}`
        : `/probe?target=${address}:${port}&cluster=${cluster}&auth_module=default`
    );
    return new FleetExporter(child, { paths, file });
  }

  /** Where it listens. */
  get origin(): string {
    return `http://127.0.0.1:${this.child.port}`;
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.child[Symbol.asyncDispose]();
    await Deno.remove(this.#file);
  }
}

const PROBED = `probe:
  modules:
    default: { user: monitor, dbname: postgres, sslmode: disable }
  allowed_targets: [127.0.0.0/8]
`;

function configured(servers: readonly FleetServer[]): string {
  const lines = Map.groupBy(servers, ({ cluster }) => cluster).entries().flatMap(([cluster, its]) => [
    `  - name: ${cluster}`,
    "    servers:",
    ...its.flatMap(({ name, address, port }) => [
      `      - name: ${name}`,
      `        dsn: postgresql://monitor@${address}:${port}/postgres?sslmode=disable`,
    ]),
  ]);
  return `consistency: { interval: 0s }\nclusters:\n${[...lines].join("\n")}\n`;
}
