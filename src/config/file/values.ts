import type { Setting } from "../settings.ts";
import { EMPTY_MAP, type FileMap, type FileNode } from "../yaml/document.ts";
import type { YamlFile } from "../yaml/yaml_file.ts";

/**
 * The mapping at a key; an empty one when there is none.
 *
 * @param map The mapping above.
 * @param key The key.
 */
export function mapAt(map: FileMap, key: string): FileMap {
  const node = map.entries.get(key)?.node;
  return node?.kind === "map" ? node : EMPTY_MAP;
}

/**
 * The items of the list at a key; none when there is no list.
 *
 * @param map The mapping above.
 * @param key The key.
 */
export function itemsAt(map: FileMap, key: string): readonly FileNode[] {
  const node = map.entries.get(key)?.node;
  return node?.kind === "list" ? node.items : [];
}

/**
 * A text or a number as text; null when the node is neither.
 *
 * @param node The value.
 */
export function scalarText(node: FileNode | undefined): string | null {
  if (node?.kind !== "scalar") return null;
  return typeof node.value === "string" || typeof node.value === "number" ? String(node.value) : null;
}

/**
 * A value, or a list of values, as a setting; null when it is absent, not a value, or has a problem already.
 *
 * @param node The value.
 * @param file Knows its place and its problems.
 */
export function settingOf(node: FileNode | undefined, file: YamlFile): Setting | null {
  if (node === undefined || node.kind === "map" || file.hasProblem(node)) return null;
  const values = (node.kind === "list" ? node.items : [node]).flatMap((item) =>
    item.kind === "scalar" && typeof item.value === "boolean" ? String(item.value) : scalarText(item) ?? []
  );
  return values.length === 0 ? null : { values, origin: "file", label: file.label(node) };
}
