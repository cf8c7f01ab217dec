import type { FileLogin, FileProbe } from "./file_config.ts";
import { type FileContext, readConnectionKeys, withSources } from "./read_servers.ts";
import { itemsAt, mapAt, scalarText } from "./values.ts";

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
 * @param context The file, and how to read others.
 * @returns Modules and targets, without those that have problems; null when the file has no `probe`.
 */
export async function readProbe(context: FileContext): Promise<FileProbe | null> {
  const { file } = context;
  if (file.root.entries.get("probe")?.node.kind !== "map") return null;
  const probe = mapAt(file.root, "probe");
  const modules: FileLogin[] = [];
  for (const [name, { key, node }] of mapAt(probe, "modules").entries) {
    if (node.kind !== "map") continue;
    if (!MODULE_NAME.test(name)) {
      file.addProblem(
        key,
        'a module name must be 1 to 63 letters, digits, "_", "." or "-", and begin with a letter or digit',
      );
      continue;
    }
    const parameters = withSources(await readConnectionKeys(node, context), file);
    modules.push({ name, label: file.label(key), parameters, isIncomplete: file.hasProblemIn(node) });
  }
  const allowedTargets = itemsAt(probe, "allowed_targets").flatMap((node) => {
    const text = scalarText(node);
    if (text === null) return [];
    if (isTarget(text)) return text;
    file.addProblem(
      node,
      "probe.allowed_targets: expected a host name, *.suffix, an address, or a network such as 10.0.0.0/8",
    );
    return [];
  });
  return { modules, allowedTargets };
}
