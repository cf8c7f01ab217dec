/**
 * YAML files: parsed within bounds, checked against a schema. Every problem has its line and column, and none repeats
 * the text of the file, which may hold passwords.
 *
 * @module
 */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/** A place in a file, counted from 1. */
export interface FilePlace {
  /** Line. */
  readonly line: number;
  /** Column. */
  readonly column: number;
}

/** What is wrong at a place. It never repeats the text there, which could be a password. */
export interface FileProblem extends FilePlace {
  /** What is wrong and what was expected. */
  readonly sentence: string;
}

/** A single value. */
export interface FileScalar extends FilePlace {
  /** Discriminates the kinds of nodes. */
  readonly kind: "scalar";
  /** The value; null when it is empty. */
  readonly value: string | number | boolean | null;
}

/** A list. */
export interface FileList extends FilePlace {
  /** Discriminates the kinds of nodes. */
  readonly kind: "list";
  /** Its items. */
  readonly items: readonly FileNode[];
}

/** A mapping. */
export interface FileMap extends FilePlace {
  /** Discriminates the kinds of nodes. */
  readonly kind: "map";
  /** Values by key, and the place of each key. */
  readonly entries: ReadonlyMap<string, { readonly key: FilePlace; readonly node: FileNode }>;
}

/** A node of a file. */
export type FileNode = FileScalar | FileList | FileMap;

/** A parsed file. */
export interface FileDocument {
  /** Its root; an empty mapping when the file is empty or cannot be parsed. */
  readonly root: FileNode;
  /** What is wrong with it as YAML. */
  readonly problems: readonly FileProblem[];
}

/**
 * How values are read: `1.2` has numbers and switches beside text; `1.1` is read as Go's decoder reads it for a text
 * field: every scalar is text as written, and empty text is no value.
 */
export type YamlVersion = "1.1" | "1.2";

/** Longest file, characters: a thousand servers take a fifth of it. */
const MAX_CHARACTERS = 1_000_000;
/** Most values, including those that aliases repeat: a small file can expand to more than memory holds. */
const MAX_NODES = 100_000;
/** Deepest nesting. */
const MAX_LEVELS = 32;
/** Most syntax errors shown: one missing quote breaks every line after it. */
const MAX_SYNTAX_PROBLEMS = 10;

/** A mapping without keys. */
export const EMPTY_MAP: FileMap = { kind: "map", line: 1, column: 1, entries: new Map() };

const DUPLICATE_KEY = "duplicate key in a mapping: remove one of them";
const TOO_DEEP = `the file is nested too deeply: expected at most ${MAX_LEVELS} levels`;

/** The parser's codes in words; its own messages may repeat a part of the file. */
const SYNTAX: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "an alias cannot have an anchor or a tag",
  BAD_ALIAS: "an anchor or alias has no name; quote text that begins with & or *",
  BAD_COLLECTION_TYPE: "a tag does not match the value after it",
  BAD_DIRECTIVE: "unknown directive: expected YAML 1.2 without directives",
  BAD_DQ_ESCAPE: "unknown escape in double quotes: use single quotes, or \\\\ for a backslash",
  BAD_INDENT: "wrong indentation: expected that of the other keys of this mapping",
  BAD_PROP_ORDER: "an anchor or tag is in the wrong place",
  BAD_SCALAR_START: "text begins with a reserved character (@ or `): quote it",
  BLOCK_AS_IMPLICIT_KEY:
    "a mapping or list begins in the middle of a line: put it on a new line, or quote text that contains `: `",
  BLOCK_IN_FLOW: "a multi-line mapping or list is inside [ ] or { }",
  DUPLICATE_KEY,
  KEY_OVER_1024_CHARS: "a key is too long; is a quote missing?",
  MISSING_CHAR: "a quote, bracket, comma, space or colon is missing, here or on an earlier line",
  MULTILINE_IMPLICIT_KEY: "a key spans several lines: is a colon, or the space after it, missing?",
  MULTIPLE_ANCHORS: "a value has two anchors",
  MULTIPLE_DOCS: "a second document begins here: expected one (remove the line `---`)",
  MULTIPLE_TAGS: "a value has two tags",
  NON_STRING_KEY: "a key is not text",
  RESOURCE_EXHAUSTION: TOO_DEEP,
  TAB_AS_INDENT: "a tab is used for indentation: use spaces",
  TAG_RESOLVE_FAILED:
    "a tag is unknown or does not match its value: remove it (quote text that begins with !)",
  UNEXPECTED_TOKEN: "unexpected text; is the previous line complete, or are quotes missing?",
};

/**
 * Parses one YAML document: standard types only, no foreign tags, no merge keys, no duplicate keys.
 *
 * @param text The text.
 * @param version How values are read.
 * @returns The tree with places, and every problem; after a syntax error the tree is empty.
 */
export function parseYaml(text: string, version: YamlVersion): FileDocument {
  const lines = new LineCounter();
  const placeAt = (offset: number): FilePlace => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  if (text.length > MAX_CHARACTERS) {
    const sentence = `the file is too long: expected at most ${MAX_CHARACTERS} characters`;
    return { root: EMPTY_MAP, problems: [{ line: 1, column: 1, sentence }] };
  }
  const document = parseDocument(text, {
    lineCounter: lines,
    version,
    schema: version === "1.1" ? "yaml-1.1" : "core",
    customTags: null,
    merge: false,
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    // Not "silent", which would accept a second document without an error.
    logLevel: "error",
  });
  const errors = [...document.errors, ...document.warnings].map(({ code, pos: [offset] }) => ({
    ...placeAt(offset),
    sentence: SYNTAX[code] ?? "this is not YAML",
  })).toSorted((a, b) => a.line - b.line || a.column - b.column);
  if (errors.length > 0) {
    const firstOfLines = errors.filter(({ line }, index) => line !== errors[index - 1]?.line);
    return { root: EMPTY_MAP, problems: firstOfLines.slice(0, MAX_SYNTAX_PROBLEMS) };
  }
  return new NodeReader(document, { placeAt, version }).read();
}

/** Converts the parser's nodes, following aliases within bounds. */
class NodeReader {
  readonly #document: Document.Parsed;
  readonly #placeAt: (offset: number) => FilePlace;
  readonly #isText: boolean;
  readonly #problems: FileProblem[] = [];
  #nodes = 0;

  constructor(
    document: Document.Parsed,
    options: { readonly placeAt: (offset: number) => FilePlace; readonly version: YamlVersion },
  ) {
    this.#document = document;
    this.#placeAt = options.placeAt;
    this.#isText = options.version === "1.1";
  }

  read(): FileDocument {
    const { contents } = this.#document;
    const root = contents === null ? null : this.#read(contents, 0);
    const isEmpty = root === null || (root.kind === "scalar" && root.value === null);
    return { root: isEmpty ? EMPTY_MAP : root, problems: this.#problems };
  }

  /** null when the node has a problem. */
  #read(node: Node, level: number): FileNode | null {
    const place = this.#placeAt(node.range?.[0] ?? 0);
    if (++this.#nodes === MAX_NODES) {
      this.#add(place, `too many values, with those that aliases repeat: expected at most ${MAX_NODES}`);
    }
    if (this.#nodes >= MAX_NODES) return null;
    if (level > MAX_LEVELS) return this.#add(place, TOO_DEEP);
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      if (!isNode(target)) {
        return this.#add(place, "an alias has no anchor before it; quote text that begins with *");
      }
      const read = this.#read(target, level + 1);
      return read === null ? null : { ...read, ...place };
    }
    if (isMap(node)) return this.#readMap(node.items, { place, level });
    if (isSeq(node)) {
      const items = node.items.flatMap((item) => isNode(item) ? this.#read(item, level + 1) ?? [] : []);
      return { kind: "list", ...place, items };
    }
    return isScalar(node) ? { kind: "scalar", ...place, value: this.#valueOf(node) } : null;
  }

  #readMap(
    items: readonly { readonly key: unknown; readonly value?: unknown }[],
    { place, level }: { readonly place: FilePlace; readonly level: number },
  ): FileMap {
    const entries = new Map<string, { readonly key: FilePlace; readonly node: FileNode }>();
    for (const { key, value } of items) {
      const keyNode = isAlias(key) ? key.resolve(this.#document) : key;
      const keyPlace = isNode(key) ? this.#placeAt(key.range?.[0] ?? 0) : place;
      const name = isScalar(keyNode) ? this.#valueOf(keyNode) : null;
      // The validator would pass over "__proto__", and over a login of that name.
      if (typeof name !== "string" || name === "__proto__") {
        this.#add(keyPlace, "this cannot be a key: expected a name followed by a colon");
      } else if (entries.has(name)) this.#add(keyPlace, DUPLICATE_KEY);
      else {
        const empty = { kind: "scalar", ...keyPlace, value: null } as const;
        const node = isNode(value) ? this.#read(value, level + 1) : empty;
        if (node !== null) entries.set(name, { key: keyPlace, node });
      }
    }
    return { kind: "map", ...place, entries };
  }

  #valueOf({ value, source }: { readonly value: unknown; readonly source?: string }): FileScalar["value"] {
    if (this.#isText) return value === null ? null : (source ?? String(value)) || null;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    return typeof value === "bigint" ? Number(value) : null;
  }

  #add(place: FilePlace, sentence: string): null {
    this.#problems.push({ ...place, sentence });
    return null;
  }
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}
