/**
 * Who may ask, and over what: TLS, client certificates, logins, limits, as `--web.config.file` says.
 *
 * The format is the one of exporter-toolkit, so that one file can serve every exporter of a host. Nothing in here
 * listens: `load.ts` makes settings of a file, `secure_app.ts` and `tls_server.ts` apply them.
 *
 * @module
 */
import { isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { didYouMean } from "../../config/suggestion.ts";

/**
 * Notes a problem.
 *
 * @param place Where it is: characters from the start of the file; null when it is nowhere in particular.
 * @param sentence What is wrong and what was expected.
 */
export type Report = (place: number | null, sentence: string) => void;

/** One value of a mapping, and where it stands. */
export interface Entry<T> {
  /** The value. */
  readonly value: T;
  /** Where: characters from the start of the file; null when it is nowhere. */
  readonly place: number | null;
}

/** One mapping of a YAML file: values by key, of the kind that is wanted; what is wrong is reported, not thrown. */
export class YamlSection {
  readonly #map: YAMLMap | null;
  readonly #path: string;
  readonly #report: Report;
  readonly #asked = new Set<string>();

  /** Reads a mapping; `node` null is one without keys, which is how YAML writes an empty section. */
  constructor(node: unknown, options: { readonly path: string; readonly report: Report }) {
    this.#path = options.path;
    this.#report = options.report;
    const isEmpty = node === null || node === undefined || (isScalar(node) && node.value === null);
    this.#map = isMap(node) ? node : null;
    if (isEmpty || this.#map !== null) return;
    options.report(placeOf(node), `${this.#name()} must be a mapping of keys to values`);
  }

  /** Whether it has any key. */
  get isEmpty(): boolean {
    return (this.#map?.items.length ?? 0) === 0;
  }

  /** Where it stands. */
  get place(): number | null {
    return placeOf(this.#map);
  }

  /** A text; "" when the key is absent or empty. */
  text(key: string): Entry<string> {
    const node = this.#get(key);
    if (node === null) return { value: "", place: null };
    if (isScalar(node) && typeof node.value !== "object") {
      return { value: sourceOf(node), place: placeOf(node) };
    }
    if (!isScalar(node)) this.#report(placeOf(node), `${this.#name(key)} must be a text`);
    return { value: "", place: placeOf(node) };
  }

  /** A switch; null when the key is absent. */
  flag(key: string): Entry<boolean | null> {
    const node = this.#get(key);
    if (node === null || (isScalar(node) && node.value === null)) {
      return { value: null, place: placeOf(node) };
    }
    if (isScalar(node) && typeof node.value === "boolean") return { value: node.value, place: placeOf(node) };
    this.#report(placeOf(node), `${this.#name(key)} must be true or false`);
    return { value: null, place: placeOf(node) };
  }

  /** A whole number; null when the key is absent. */
  count(key: string): Entry<number | null> {
    const node = this.#get(key);
    if (node === null || (isScalar(node) && node.value === null)) {
      return { value: null, place: placeOf(node) };
    }
    if (isScalar(node) && typeof node.value === "number" && Number.isSafeInteger(node.value)) {
      return { value: node.value, place: placeOf(node) };
    }
    this.#report(placeOf(node), `${this.#name(key)} must be a whole number`);
    return { value: null, place: placeOf(node) };
  }

  /** A list of texts; null when the key is absent. */
  list(key: string): readonly Entry<string>[] | null {
    const node = this.#get(key);
    if (node === null || (isScalar(node) && node.value === null)) return null;
    if (!isSeq(node)) {
      this.#report(placeOf(node), `${this.#name(key)} must be a list, one "- VALUE" a line`);
      return null;
    }
    return node.items.flatMap((item): Entry<string>[] => {
      if (isScalar(item) && item.value !== null) return [{ value: sourceOf(item), place: placeOf(item) }];
      this.#report(placeOf(item) ?? placeOf(node), `${this.#name(key)} must be a list of texts`);
      return [];
    });
  }

  /** A mapping inside. */
  section(key: string): YamlSection {
    const path = this.#path === "" ? key : `${this.#path}.${key}`;
    return new YamlSection(this.#get(key), { path, report: this.#report });
  }

  /** Every key with its text: of a mapping whose keys are the user's own. */
  entries(): readonly (Entry<string> & { readonly key: string; readonly keyPlace: number | null })[] {
    return (this.#map?.items ?? []).map(({ key: keyNode }) => {
      const key = isScalar(keyNode) ? sourceOf(keyNode) : "";
      return { key, keyPlace: placeOf(keyNode), ...this.text(key) };
    });
  }

  /** Reports the keys that nobody asked for. */
  finish(): void {
    for (const { key } of this.#map?.items ?? []) {
      const name = isScalar(key) ? sourceOf(key) : "";
      if (this.#asked.has(name)) continue;
      const known = [...this.#asked];
      // What does not look like a key may be a value that slipped, a password even: its place is named.
      const shown = /^[a-z][a-z0-9_]{0,39}$/.test(name) ? ` "${name}"` : "";
      const hint = didYouMean(name, known) || `: expected one of ${known.join(", ")}`;
      this.#report(
        placeOf(key),
        `Unknown key${shown}${this.#path === "" ? "" : ` in ${this.#path}`}${hint}`,
      );
    }
  }

  #get(key: string): Node | null {
    this.#asked.add(key);
    const pair = this.#map?.items.find((each) => isScalar(each.key) && sourceOf(each.key) === key);
    return nodeOf(pair?.value);
  }

  #name(key = ""): string {
    return [this.#path, key].filter((part) => part !== "").join(".") || "The file";
  }
}

function placeOf(value: unknown): number | null {
  return nodeOf(value)?.range?.[0] ?? null;
}

function nodeOf(value: unknown): Node | null {
  return isMap(value) || isSeq(value) || isScalar(value) ? value : null;
}

/** A number or a switch where a text is wanted is the text as it was written. */
function sourceOf(scalar: { readonly value: unknown; readonly source?: string | undefined }): string {
  if (typeof scalar.value === "string") return scalar.value;
  return scalar.value === null ? "" : scalar.source ?? String(scalar.value);
}
