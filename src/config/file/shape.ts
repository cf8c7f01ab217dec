import { z } from "zod";
import { didYouMean } from "../suggestion.ts";
import type { FileMap, FileNode, Place, Problem } from "./document.ts";

/** A node as plain values, for the schema. */
function toPlain(node: FileNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toPlain);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, value]) => [key, toPlain(value.node)]));
  }
}

/** The node at a path, or the last one on the way; and the keys that a mapping there may have. */
function find(
  root: FileMap,
  path: readonly PropertyKey[],
): { readonly node: FileNode; readonly rest: readonly string[] } {
  let node: FileNode = root;
  for (const [index, step] of path.entries()) {
    const next: FileNode | undefined = node.kind === "map"
      ? node.entries.get(String(step))?.node
      : node.kind === "list"
      ? node.items[Number(step)]
      : undefined;
    if (next === undefined) return { node, rest: path.slice(index).map(String) };
    node = next;
  }
  return { node, rest: [] };
}

/** Keys of the mapping at a path of the schema. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodOptional) return knownKeys(schema.unwrap(), path);
  const [step, ...rest] = path;
  if (schema instanceof z.ZodObject) {
    return step === undefined ? Object.keys(schema.shape) : knownKeys(schema.shape[String(step)], rest);
  }
  if (schema instanceof z.ZodArray) return knownKeys(schema.element, rest);
  if (schema instanceof z.ZodRecord) return knownKeys(schema.valueType, rest);
  return [];
}

/** A key that is not there is repeated only when it is close to one that is: it could be part of a password. */
function unknownKey(
  key: string,
  { known, free }: { readonly known: readonly string[]; readonly free: readonly string[] },
): string {
  const meant = didYouMean(key, known);
  return meant === "" ? `unknown key, expected one of ${free.join(", ")}` : `unknown key "${key}"${meant}`;
}

/**
 * Compares a file with its schema.
 *
 * @param root The file.
 * @param schema What it should be.
 * @returns Every problem.
 * @internal The type of the schema is the validator's own.
 */
export function shapeProblems(root: FileMap, schema: z.ZodObject): readonly Problem[] {
  const { error } = schema.safeParse(toPlain(root));
  return (error?.issues ?? []).flatMap((issue): readonly Problem[] => {
    const { node, rest } = find(root, issue.path);
    if (issue.code === "unrecognized_keys" && node.kind === "map") {
      const known = knownKeys(schema, issue.path);
      return issue.keys.map((key) => ({
        ...placeOf(node.entries.get(key)?.key ?? node),
        sentence: unknownKey(key, { known, free: known.filter((each) => !node.entries.has(each)) }),
      }));
    }
    const [missing] = rest;
    if (missing !== undefined) {
      return [{ ...placeOf(node), sentence: `the key "${missing}" is missing, ${issue.message}` }];
    }
    return [{ ...placeOf(node), sentence: withKey(issue.path, issue.message) }];
  });
}

function withKey(path: readonly PropertyKey[], message: string): string {
  const key = path.findLast((step) => typeof step === "string");
  // A name that the user chose could be anything; all others are the schema's.
  return key === undefined || path.includes("labels") || path[path.length - 2] === "modules"
    ? message
    : `${String(key)}: ${message}`;
}

function placeOf({ line, column }: Place): Place {
  return { line, column };
}
