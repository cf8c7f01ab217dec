import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";

/** A place in the file, both from 1. */
export interface Place {
  /** Line. */
  readonly line: number;
  /** Column. */
  readonly column: number;
}

/** What is wrong at a place. It never repeats what is written there: that could be a password. */
export interface Problem extends Place {
  /** What is wrong and what was expected. */
  readonly sentence: string;
}

/** A single value. */
export interface FileScalar extends Place {
  /** Tells it from lists and mappings. */
  readonly kind: "scalar";
  /** The value; null for none. */
  readonly value: string | number | boolean | null;
}

/** A list. */
export interface FileList extends Place {
  /** Tells it from values and mappings. */
  readonly kind: "list";
  /** Its items. */
  readonly items: readonly FileNode[];
}

/** A mapping; keys without a value are left out, as if they were not there. */
export interface FileMap extends Place {
  /** Tells it from values and lists. */
  readonly kind: "map";
  /** Its values by key, and where each key is. */
  readonly entries: ReadonlyMap<string, { readonly key: Place; readonly node: FileNode }>;
}

/** A node of the file. */
export type FileNode = FileScalar | FileList | FileMap;

/** A parsed file. */
export interface FileDocument {
  /** Its root; an empty mapping when there is nothing in it or it cannot be parsed. */
  readonly root: FileMap;
  /** What is wrong with it as YAML. */
  readonly problems: readonly Problem[];
}

/** Longest file, characters: a thousand servers take a fifth of it. */
const MOST_CHARACTERS = 1_000_000;
/** Values at most, with those that aliases repeat: a file can be small and unfold to more than memory holds. */
const MOST_NODES = 100_000;
/** Levels at most. */
const MOST_LEVELS = 32;
/** Problems of syntax at most: one quote that is missing makes nonsense of every line behind it. */
const MOST_SYNTAX_PROBLEMS = 10;

const EMPTY: FileMap = { kind: "map", line: 1, column: 1, entries: new Map() };

/** What the parser's codes mean. Its own messages may repeat a part of the file. */
const SYNTAX: Readonly<Record<string, string>> = {
  ALIAS_PROPS: "an alias takes no anchor or tag",
  BAD_ALIAS: "an anchor or alias has no name; a text that begins with & or * needs quotes",
  BAD_COLLECTION_TYPE: "a tag does not fit what follows it",
  BAD_DIRECTIVE: "a directive is not known: expected YAML 1.2 without directives",
  BAD_DQ_ESCAPE: "an escape in double quotes is not known: use single quotes, or \\\\ for a backslash",
  BAD_INDENT: "the indentation does not fit the lines above: expected that of the other keys of this mapping",
  BAD_PROP_ORDER: "an anchor or tag is at the wrong place",
  BAD_SCALAR_START: "a text begins with a character that is reserved (@ or `): put it in quotes",
  BLOCK_AS_IMPLICIT_KEY:
    "a mapping or list begins within a line: begin it on a line of its own, or put a text with `: ` in quotes",
  BLOCK_IN_FLOW: "a mapping or list over several lines is inside [ ] or { }",
  DUPLICATE_KEY: "a key is given twice in one mapping: remove one of them",
  KEY_OVER_1024_CHARS: "a key is too long; is a quote missing?",
  MISSING_CHAR: "a quote, a bracket, a comma, a blank or a colon is missing, here or in a line above",
  MULTILINE_IMPLICIT_KEY: "a key goes over several lines: is a colon, or the blank behind it, missing?",
  MULTIPLE_ANCHORS: "a value has two anchors",
  MULTIPLE_DOCS: "a second document begins here: expected one (remove the line `---`)",
  MULTIPLE_TAGS: "a value has two tags",
  NON_STRING_KEY: "a key is no text",
  RESOURCE_EXHAUSTION: `the file is nested too deeply: expected at most ${MOST_LEVELS} levels`,
  TAB_AS_INDENT: "a tab is used for indentation: use blanks",
  TAG_RESOLVE_FAILED:
    "a tag is not known, or does not fit the value: remove it (a text that begins with ! needs quotes)",
  UNEXPECTED_TOKEN: "this does not belong here; is the line before it complete, or are quotes missing?",
};

/**
 * Parses YAML 1.2: one document, core types, no tags of others, no key twice.
 *
 * @param text The text.
 * @returns The tree with places, and every problem; when there is one of syntax, the tree is empty.
 */
export function parseFile(text: string): FileDocument {
  const failed = (...problems: readonly Problem[]): FileDocument => ({ root: EMPTY, problems });
  if (text.length > MOST_CHARACTERS) {
    return failed({
      line: 1,
      column: 1,
      sentence: `the file is too long: expected at most ${MOST_CHARACTERS} characters`,
    });
  }
  const lines = new LineCounter();
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    version: "1.2",
    schema: "core",
    customTags: null,
    merge: false,
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    // Not "silent": with that, the parser would pass over a second document without a word.
    logLevel: "error",
  });
  const faults = [...document.errors, ...document.warnings].map(({ code, pos: [offset] }) => ({
    ...at(offset),
    sentence: explainSyntax(code),
  }));
  if (faults.length > 0) return failed(...firstOf(faults));
  return new Reader(document, at).read();
}

/**
 * What a fault of YAML means, in words that repeat nothing of the file.
 *
 * @param code The parser's code for it.
 */
export function explainSyntax(code: string): string {
  return SYNTAX[code] ?? "this is not YAML";
}

/** The first of each line, and not too many of them. */
function firstOf(faults: readonly Problem[]): readonly Problem[] {
  const sorted = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return sorted.filter((fault, index) => fault.line !== sorted[index - 1]?.line).slice(
    0,
    MOST_SYNTAX_PROBLEMS,
  );
}

/** Reads the parser's nodes, following aliases within bounds. */
class Reader {
  readonly #document: Document.Parsed;
  readonly #at: (offset: number) => Place;
  readonly #problems: Problem[] = [];
  #nodes = 0;

  constructor(document: Document.Parsed, at: (offset: number) => Place) {
    this.#document = document;
    this.#at = at;
  }

  read(): FileDocument {
    const { contents } = this.#document;
    const root = contents === null ? EMPTY : this.#read(contents, 0);
    if (root === null || (root.kind === "scalar" && root.value === null)) {
      return { root: EMPTY, problems: this.#problems };
    }
    if (root.kind === "map") return { root, problems: this.#problems };
    const sentence = "the file is no mapping: expected keys such as clusters and servers";
    return { root: EMPTY, problems: [...this.#problems, { line: root.line, column: root.column, sentence }] };
  }

  /** Null when there is a problem with it. */
  #read(node: Node, level: number): FileNode | null {
    const place = this.#at(node.range?.[0] ?? 0);
    if (++this.#nodes === MOST_NODES) {
      this.#problems.push({
        ...place,
        sentence:
          `the file has too many values, or its aliases unfold to them: expected at most ${MOST_NODES}`,
      });
    }
    if (this.#nodes >= MOST_NODES) return null;
    if (level > MOST_LEVELS) {
      this.#problems.push({
        ...place,
        sentence: `the file is nested too deeply: expected at most ${MOST_LEVELS} levels`,
      });
      return null;
    }
    if (isAlias(node)) {
      const meant = node.resolve(this.#document);
      if (meant !== undefined && isNode(meant)) {
        const read = this.#read(meant, level + 1);
        return read === null ? null : { ...read, ...place };
      }
      this.#problems.push({
        ...place,
        sentence: "an alias has no anchor above it; a text that begins with * needs quotes",
      });
      return null;
    }
    if (isMap(node)) return this.#readMap(node.items, { place, level });
    if (isSeq(node)) {
      const items = node.items.flatMap((item) => isNode(item) ? this.#read(item, level + 1) ?? [] : []);
      return { kind: "list", ...place, items };
    }
    return isScalar(node) ? { kind: "scalar", ...place, value: plainValue(node.value) } : null;
  }

  #readMap(
    items: readonly { readonly key: unknown; readonly value?: unknown }[],
    { place, level }: { readonly place: Place; readonly level: number },
  ): FileMap {
    const entries = new Map<string, { readonly key: Place; readonly node: FileNode }>();
    for (const { key, value } of items) {
      const name = isAlias(key) ? key.resolve(this.#document) : key;
      const keyPlace = isNode(key) ? this.#at(key.range?.[0] ?? 0) : place;
      if (!isScalar(name) || typeof name.value !== "string") {
        this.#problems.push({
          ...keyPlace,
          sentence: "a key is no text: expected a name followed by a colon",
        });
        continue;
      }
      if (entries.has(name.value)) {
        this.#problems.push({ ...keyPlace, sentence: SYNTAX.DUPLICATE_KEY ?? "" });
        continue;
      }
      const node = isNode(value) ? this.#read(value, level + 1) : null;
      if (node !== null && (node.kind !== "scalar" || node.value !== null)) {
        entries.set(name.value, { key: keyPlace, node });
      }
    }
    return { kind: "map", ...place, entries };
  }
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value);
}

function plainValue(value: unknown): string | number | boolean | null {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return typeof value === "bigint" ? Number(value) : null;
}
