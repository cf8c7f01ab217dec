import type { z } from "zod";
import { ConfigError } from "../config_error.ts";
import { checkSchema, findNode } from "./check_schema.ts";
import {
  EMPTY_MAP,
  type FileMap,
  type FileNode,
  type FilePlace,
  type FileProblem,
  parseYaml,
  type YamlVersion,
} from "./document.ts";

/** A YAML file as read: its tree, and the problems found in it so far. */
export class YamlFile {
  /** Its root; an empty mapping when it is no mapping. */
  readonly root: FileMap;
  readonly #path: string;
  readonly #problems: FileProblem[];

  /** A file at `path`, with the problems known of it. */
  constructor(path: string, options: { readonly root: FileNode; readonly problems: readonly FileProblem[] }) {
    this.#path = path;
    this.root = options.root.kind === "map" ? options.root : EMPTY_MAP;
    this.#problems = [...options.problems];
  }

  /** Whether a place has a problem already: then its value is not checked again. */
  hasProblem({ line, column }: FilePlace): boolean {
    return this.#problems.some((problem) => problem.line === line && problem.column === column);
  }

  /** Whether a value of a mapping, or its key, has a problem. */
  hasProblemIn({ entries }: FileMap): boolean {
    return entries.values().some(({ key, node }) => this.hasProblem(key) || this.hasProblem(node));
  }

  /** Adds a problem at a place, or at the node that a path of keys and indexes leads to. */
  addProblem(where: FilePlace | readonly PropertyKey[], sentence: string): void {
    const { line, column } = "line" in where ? where : findNode(this.root, where).node;
    this.#problems.push({ line, column, sentence });
  }

  /** `file:line:column`. */
  label({ line, column }: FilePlace): string {
    return `${this.#path}:${line}:${column}`;
  }

  /** The problems in the order of the file, each once. */
  problems(): readonly string[] {
    const sorted = this.#problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    return [...new Set(sorted.map((problem) => `${this.label(problem)}: ${problem.sentence}`))];
  }

  /**
   * Ends the reading.
   *
   * @throws {ConfigError} With every problem, when there is one.
   */
  finish(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.problems());
  }
}

/**
 * Reads a YAML file and checks it against a schema.
 *
 * @param text The file.
 * @param options `path` of the file, for messages; `schema`; `version`: how values are read; `shownKeys`: which unknown
 *   keys a message may repeat, see {@linkcode checkSchema}.
 * @returns The file with its problems, and its value as the schema makes it, null when there is a problem.
 * @internal The type of the schema is the validator's own.
 */
export function readYaml<T>(
  text: string,
  { path, version, ...rules }: {
    readonly path: string;
    readonly schema: z.ZodType<T>;
    readonly version: YamlVersion;
    readonly shownKeys?: RegExp;
  },
): { readonly file: YamlFile; readonly value: T | null } {
  const { root, problems } = parseYaml(text, version);
  const checked = checkSchema(root, rules);
  return {
    file: new YamlFile(path, { root, problems: [...problems, ...checked.problems] }),
    value: problems.length === 0 ? checked.value : null,
  };
}
