/**
 * Rules for documents: links and tasks exist, the changelog has the current version.
 *
 * @module
 */
import type { TextFile } from "./source_tree.ts";

/** Text without code, in which links are real links. */
function prose(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");
}

/** The anchors GitHub gives a page's headings. */
function anchorsOf(markdown: string): ReadonlySet<string> {
  const headings = markdown.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#{1,6} +(.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      (heading ?? "").trim().toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-")
    ),
  );
}

/**
 * Relative links to a missing file or heading.
 *
 * @param page The page.
 * @param files Every file of the repository.
 */
export function checkLinks(page: TextFile, files: readonly TextFile[]): readonly string[] {
  const violations: string[] = [];
  for (const [, link] of prose(page.text).matchAll(/\]\(([^)\s]+)[^)]*\)/g)) {
    if (link === undefined || /^[a-z]+:/.test(link)) continue;
    const [relative = "", anchor] = link.split("#");
    const path = relative === "" ? page.path : new URL(relative, `file:///${page.path}`).pathname.slice(1);
    const folder = path.replace(/\/?$/, "/");
    const target = files.find((file) => file.path === path);
    if (target === undefined && !files.some((file) => file.path.startsWith(folder))) {
      violations.push(`${page.path} links to ${link}, which does not exist`);
    } else if (anchor !== undefined && target !== undefined && !anchorsOf(target.text).has(anchor)) {
      violations.push(`${page.path} links to ${link}, but ${path} has no such heading`);
    }
  }
  return violations;
}

/** Tasks on a page (`deno task NAME`, also with npx) that deno.json does not have. */
export function checkTasks(page: TextFile, tasks: ReadonlySet<string>): readonly string[] {
  return [...page.text.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z][a-z:]*)/g)]
    .map(([, name]) => name ?? "")
    .filter((name) => !tasks.has(name))
    .map((name) => `${page.path} names the task "${name}", which deno.json does not have`);
}

/** Tags of changelog lines, as in node_exporter. */
const TAGS = ["CHANGE", "FEATURE", "ENHANCEMENT", "BUGFIX"];

/** A changelog whose newest version differs from the program's, or whose lines have no tag. */
export function checkChangelog(page: TextFile, version: string): readonly string[] {
  const violations: string[] = [];
  const newest = /^## ([^\s]+)/m.exec(page.text)?.[1];
  if (newest !== version) violations.push(`${page.path} begins with ${newest}, deno.json says ${version}`);
  for (const [line] of page.text.matchAll(/^[*-] .*$/gm)) {
    if (!TAGS.some((tag) => line.startsWith(`- [${tag}] `))) {
      violations.push(`${page.path}: no tag in "${line}"`);
    }
  }
  return violations;
}

/**
 * Folders of `src` without a sentence in the table of folders of the architecture, and sentences without a folder.
 *
 * @param page The page.
 * @param paths Paths of all files.
 */
export function checkFolders(page: TextFile, paths: readonly string[]): readonly string[] {
  const rows = page.text.split("\n").flatMap((line) => {
    const [, first = "", sentence = ""] = line.split("|").map((cell) => cell.trim());
    return [...first.matchAll(/`(src\/[\w/]+)`/g)].map(([, folder = ""]) => ({ folder, sentence }));
  });
  const described = new Set(rows.filter(({ sentence }) => sentence !== "").map(({ folder }) => folder));
  const folders = new Set(
    paths.filter((path) => /^src\/.*\.ts$/.test(path)).map((path) => path.replace(/\/[^/]*$/, "")),
  );
  return [
    ...[...folders].filter((folder) => !described.has(folder) && folder !== "src/std")
      .map((folder) => `${page.path} does not say what may live in ${folder}`),
    ...[...described].filter((folder) => !folders.has(folder) && folder !== "src/std")
      .map((folder) => `${page.path} describes ${folder}, which does not exist`),
  ].sort();
}
