import type { FileMap } from "./document.ts";
import type { FileLogin, FileProbe } from "./file_config.ts";
import { type ReadContext, readParameters, withLabels } from "./read_servers.ts";
import { itemsOf, mapAt, textOf } from "./values.ts";

const MODULE_NAME = /^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,62}$/u;
/** A name, `*.suffix`, an address, or a network. */
const TARGETS = [
  /^(?:\*\.)?[\p{L}\p{N}_](?:[\p{L}\p{N}._-]*[\p{L}\p{N}])?$/u,
  /^(?:\d{1,3}\.){3}\d{1,3}(?:\/(?:3[0-2]|[12]?\d))?$/,
  /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:\/(?:12[0-8]|1[01]\d|\d{1,2}))?$/,
];

function isTarget(text: string): boolean {
  if (!TARGETS.some((pattern) => pattern.test(text))) return false;
  const address = text.split("/")[0] ?? "";
  if (!/^[\d.]+$/.test(address)) return true;
  const bytes = address.split(".");
  return bytes.length === 4 && bytes.every((byte) => byte !== "" && Number(byte) <= 255);
}

/**
 * Reads what `/probe` may do.
 *
 * @param root The file.
 * @param context How.
 * @returns Modules and targets, without what has problems; null when the file does not say.
 */
export async function readProbe(root: FileMap, context: ReadContext): Promise<FileProbe | null> {
  if (root.entries.get("probe")?.node.kind !== "map") return null;
  const { notes } = context;
  const probe = mapAt(root, "probe");
  const modules: FileLogin[] = [];
  for (const [name, { key, node }] of mapAt(probe, "modules").entries) {
    if (node.kind !== "map") continue;
    if (!MODULE_NAME.test(name)) {
      notes.add(
        key,
        'the name of a module must be 1 to 63 letters, digits, "_", "." or "-", beginning with a letter or digit',
      );
      continue;
    }
    const parameters = await readParameters(node, context);
    modules.push({
      name,
      label: notes.label(key),
      parameters: withLabels(parameters, notes),
      isIncomplete: [...node.entries.values()].some((entry) => notes.has(entry.key) || notes.has(entry.node)),
    });
  }
  const allowedTargets = itemsOf(probe, "allowed_targets").flatMap((node) => {
    const text = textOf(node);
    if (text === null) return [];
    if (isTarget(text)) return text;
    notes.add(
      node,
      "allowed_targets: expected a host name, *.suffix, an address, or a network such as 10.0.0.0/8",
    );
    return [];
  });
  return { modules, allowedTargets };
}
