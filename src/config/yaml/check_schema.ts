import { z } from "zod";
import { didYouMean } from "../suggestion.ts";
import type { FileNode, FilePlace, FileProblem } from "./document.ts";

/** A node as plain values, for the schema; a key without a value counts as absent. */
function toPlain(node: FileNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toPlain);
    case "map":
      return Object.fromEntries(
        [...node.entries].map(([key, entry]) => [key, toPlain(entry.node) ?? undefined]),
      );
  }
}

/**
 * The node at a path.
 *
 * @param root The file.
 * @param path Keys and indexes.
 * @returns The node, or the last one on the way; `isFound`: whether it is there and has a value; `key`: where its key is.
 */
export function findNode(
  root: FileNode,
  path: readonly PropertyKey[],
): { readonly node: FileNode; readonly isFound: boolean; readonly key: FilePlace | null } {
  let node = root;
  let key: FilePlace | null = null;
  for (const step of path) {
    const entry = node.kind === "map" ? node.entries.get(String(step)) : undefined;
    const next = node.kind === "list" ? node.items[Number(step)] : entry?.node;
    if (next === undefined) return { node, isFound: false, key };
    [node, key] = [next, entry?.key ?? null];
  }
  return { node, isFound: node.kind !== "scalar" || node.value !== null, key };
}

/** A path of the schema in words, without names that the user chose; `keys`: those of the mapping there. */
function describePath(
  schema: unknown,
  path: readonly PropertyKey[],
): { readonly name: string; readonly keys: readonly string[]; readonly isNamed: boolean } {
  const names: string[] = [];
  let level = withoutOptional(schema);
  let isNamed = false;
  for (const step of path) {
    isNamed = level instanceof z.ZodObject;
    if (level instanceof z.ZodObject) {
      names.push(String(step));
      level = withoutOptional(level.shape[String(step)]);
    } else if (level instanceof z.ZodArray) level = withoutOptional(level.element);
    else if (level instanceof z.ZodRecord) level = withoutOptional(level.valueType);
    else break;
  }
  return {
    name: names.join("."),
    keys: level instanceof z.ZodObject ? Object.keys(level.shape) : [],
    isNamed,
  };
}

function withoutOptional(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? withoutOptional(schema.unwrap()) : schema;
}

/**
 * Compares a file with its schema.
 *
 * @param root The file.
 * @param options `schema`: what it should be; `shownKeys`: which unknown keys a message may repeat, besides those close
 *   to a known one, since any other could be part of a password.
 * @returns The value as the schema makes it, null when there is a problem; and every problem.
 * @internal The type of the schema is the validator's own.
 */
export function checkSchema<T>(
  root: FileNode,
  { schema, shownKeys }: { readonly schema: z.ZodType<T>; readonly shownKeys?: RegExp | undefined },
): { readonly value: T | null; readonly problems: readonly FileProblem[] } {
  const { data, error } = schema.safeParse(toPlain(root));
  const problems = (error?.issues ?? []).flatMap((issue): readonly FileProblem[] => {
    const { node, isFound, key } = findNode(root, issue.path);
    const { name, keys, isNamed } = describePath(schema, issue.path);
    const problem = (place: FilePlace, sentence: string): FileProblem => (
      { line: place.line, column: place.column, sentence }
    );
    switch (issue.code) {
      case "unrecognized_keys":
        return issue.keys.map((unknown) => {
          const entries = node.kind === "map" ? node.entries : null;
          const meant = didYouMean(unknown, keys);
          const shown = meant !== "" || shownKeys?.test(unknown) ? ` "${unknown}"` : "";
          const where = name === "" ? "" : ` in ${name}`;
          const free = keys.filter((each) => !entries?.has(each)).join(", ");
          const hint = meant || (free === "" ? ": remove it" : `, expected one of ${free}`);
          return problem(entries?.get(unknown)?.key ?? node, `unknown key${shown}${where}${hint}`);
        });
      case "invalid_key":
        return [problem(key ?? node, `${name}: ${issue.issues[0]?.message}`)];
      case "invalid_type":
        if (issue.path.length === 0) {
          const some = keys.slice(0, 2).join(" and ");
          return [problem(node, `the file is not a mapping: expected keys such as ${some}`)];
        }
        if (isNamed && !isFound) return [problem(node, `the key ${name} is missing, ${issue.message}`)];
    }
    return [problem(node, name === "" ? issue.message : `${name}: ${issue.message}`)];
  });
  return { value: data ?? null, problems };
}
