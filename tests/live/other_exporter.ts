/**
 * Debian's postgres_exporter for tests.
 *
 * @module
 */
import { findFreePort } from "../../compose/lab/ports.ts";
import { findProgram } from "../exposition/programs.ts";

const PROGRAM = "prometheus-postgres-exporter";

/** Why tests with it are skipped; "" when they run. */
export const WITHOUT_OTHER_EXPORTER: string = await findProgram(PROGRAM) === null
  ? ` (skipped: no ${PROGRAM} on the PATH)`
  : "";

/** A page of it, by name of the family. */
export type OtherPage = ReadonlyMap<string, {
  readonly type: string;
  readonly help: string;
  /** Values by the labels, sorted and as text. */
  readonly samples: ReadonlyMap<string, number>;
}>;

/** A postgres_exporter for one test. */
export class OtherExporter implements AsyncDisposable {
  /** Where it listens. */
  readonly address: string;
  readonly #child: Deno.ChildProcess;

  private constructor(address: string, child: Deno.ChildProcess) {
    this.address = address;
    this.#child = child;
  }

  /** Starts it for one server, on a free port. */
  static start(dsn: string, args: readonly string[] = []): OtherExporter {
    const address = `127.0.0.1:${findFreePort()}`;
    const child = new Deno.Command(PROGRAM, {
      args: [`--web.listen-address=${address}`, ...args],
      env: { DATA_SOURCE_NAME: `${dsn}?sslmode=disable` },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    return new OtherExporter(address, child);
  }

  /** What it says now. */
  async read(): Promise<OtherPage> {
    const response = await fetch(`http://${this.address}/metrics`);
    return readLoosely(await response.text());
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.status;
  }
}

/** Reads a page of text format 0.0.4 of any exporter. */
export function readLoosely(page: string): OtherPage {
  const families = new Map<string, { type: string; help: string; samples: Map<string, number> }>();
  const familyOf = (name: string) => {
    const family = families.get(name) ?? { type: "", help: "", samples: new Map<string, number>() };
    families.set(name, family);
    return family;
  };
  for (const line of page.split("\n")) {
    const [, keyword, subject = "", text = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (keyword === "HELP") familyOf(subject).help = text;
    else if (keyword === "TYPE") familyOf(subject).type = text;
    else {
      const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name !== undefined) familyOf(name).samples.set(labels, Number(value));
    }
  }
  return families;
}

/** Labels of a sample by name; those with an empty value are absent. */
export function labelsIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].filter(([, , value]) => value !== "")
      .map(([, name, value]) => [name, value]),
  );
}
