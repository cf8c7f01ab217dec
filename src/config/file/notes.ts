import { ConfigError } from "../config_error.ts";
import type { Place, Problem } from "./document.ts";

/** Gathers problems of one file, and names places in it. */
export class Notes {
  readonly #path: string;
  readonly #problems: Problem[] = [];

  /** Nothing is wrong yet; `path` is that of the file. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Whether something is wrong at a place already: then what is there needs no second look. */
  has({ line, column }: Place): boolean {
    return this.#problems.some((problem) => problem.line === line && problem.column === column);
  }

  /** Notes a problem. */
  add(place: Place, sentence: string): void {
    this.#problems.push({ line: place.line, column: place.column, sentence });
  }

  /** Runs a step; what it throws becomes problems at the place, and the result `undefined`. */
  attempt<T>(place: Place, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (error instanceof ConfigError) {
        for (const problem of error.problems) this.add(place, problem);
      } else if (error instanceof SyntaxError || error instanceof RangeError) this.add(place, error.message);
      else throw error;
      return undefined;
    }
  }

  /** `file:line:column`. */
  label({ line, column }: Place): string {
    return `${this.#path}:${line}:${column}`;
  }

  /** The problems by place, each once. */
  sentences(): readonly string[] {
    const sorted = this.#problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    return [...new Set(sorted.map((problem) => `${this.label(problem)}: ${problem.sentence}`))];
  }
}
