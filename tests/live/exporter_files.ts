/**
 * A directory for the files of one exporter: its configuration, its web configuration, its socket.
 *
 * @module
 */
import type { Cluster } from "./support.ts";

/** A directory that is removed when disposed. */
export class ExporterFiles implements AsyncDisposable {
  /** The directory. */
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Creates one. */
  static async open(): Promise<ExporterFiles> {
    return new ExporterFiles(await Deno.makeTempDir({ prefix: "pgrepl-exporter-" }));
  }

  /** Path of a file. */
  path(name: string): string {
    return `${this.directory}/${name}`;
  }

  /** Writes a file atomically. */
  async write(name: string, text: string): Promise<string> {
    await Deno.writeTextFile(this.path(`${name}.new`), text);
    await Deno.rename(this.path(`${name}.new`), this.path(name));
    return this.path(name);
  }

  /** Removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** The servers of a cluster as in a configuration file. */
export function serversYaml(cluster: Cluster, names: readonly string[]): string {
  const lines = names.flatMap((name) => [
    `  - name: ${name}`,
    `    dsn: ${JSON.stringify(cluster.server(name).dsn())}`,
  ]);
  return ["servers:", ...lines, ""].join("\n");
}
