/**
 * One name, one thing: no two files of the program declare the same name at top level.
 *
 * @module
 */
import type { ModuleFacts } from "./source_tree.ts";

/**
 * Top-level names that two or more files of `src` declare. The stand-ins in `src/std` are not compared, because their names
 * are those of the standard library.
 *
 * @param modules Every module.
 */
export function checkNames(modules: readonly ModuleFacts[]): readonly string[] {
  const paths = new Map<string, string[]>();
  for (const { path, declarations } of modules) {
    if (!path.startsWith("src/") || path.startsWith("src/std/")) continue;
    for (const name of declarations) paths.set(name, [...paths.get(name) ?? [], path]);
  }
  return [...paths].filter(([, files]) => files.length > 1).map(([name, files]) =>
    `${name} is declared in ${files.join(" and ")}: give each its own name, or share one declaration`
  );
}
