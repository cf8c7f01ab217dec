import type { Setting } from "../settings.ts";
import type { FileMap, FileNode } from "./document.ts";
import type { Notes } from "./notes.ts";

/** A mapping that is not there. */
const NOTHING: FileMap = { kind: "map", line: 1, column: 1, entries: new Map() };

/**
 * A mapping below a key; an empty one when there is none.
 *
 * @param map The mapping above.
 * @param key The key.
 */
export function mapAt(map: FileMap, key: string): FileMap {
  const node = map.entries.get(key)?.node;
  return node?.kind === "map" ? node : NOTHING;
}

/**
 * The items of a list below a key; none when there is no list.
 *
 * @param map The mapping above.
 * @param key The key.
 */
export function itemsOf(map: FileMap, key: string): readonly FileNode[] {
  const node = map.entries.get(key)?.node;
  return node?.kind === "list" ? node.items : [];
}

/**
 * A text or a number as text; null when it is neither.
 *
 * @param node The value.
 */
export function textOf(node: FileNode | undefined): string | null {
  if (node?.kind !== "scalar") return null;
  return typeof node.value === "string" || typeof node.value === "number" ? String(node.value) : null;
}

/**
 * A value, or a list of them, as a setting; null when it is not there, something else, or known to be wrong.
 *
 * @param node The value.
 * @param notes Names its place.
 */
export function settingOf(node: FileNode | undefined, notes: Notes): Setting | null {
  if (node === undefined || node.kind === "map" || notes.has(node)) return null;
  const items = node.kind === "list" ? node.items : [node];
  const values = items.flatMap((item) =>
    item.kind === "scalar" && typeof item.value === "boolean" ? String(item.value) : textOf(item) ?? []
  );
  return values.length === 0 ? null : { values, origin: "file", label: notes.label(node) };
}
