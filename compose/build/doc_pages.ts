/**
 * The pages of `docs`, as packages ship them.
 *
 * @module
 */
import type { PackedFile } from "./archive.ts";

/** A link or an image of Markdown with a relative target. */
const LINK = /(!?)\[([^\]]*)\]\((?!https?:|#|mailto:)([^)#\s]*)(#[^)\s]*)?\)/g;

/** Resolves `../a/b.md` from the folder of a page. */
function resolve(folder: string, target: string): string {
  return new URL(target, `file:///${folder}`).pathname.slice(1);
}

/**
 * A page whose links all lead to a shipped page: of any other link only its text remains, with the path in the source.
 *
 * @param text The page.
 * @param options `path` of the page below `docs`; `shipped`: paths of all shipped files below `docs`.
 */
export function withShippedLinks(
  text: string,
  { path, shipped }: { readonly path: string; readonly shipped: ReadonlySet<string> },
): string {
  // With a root of its own, a target outside of docs keeps its whole path.
  const folder = `docs/${path.replace(/[^/]*$/, "")}`;
  return text.replaceAll(LINK, (link: string, image: string, label: string, target: string) => {
    const place = resolve(folder, target);
    if (place.startsWith("docs/") && shipped.has(place.slice("docs/".length))) return link;
    return image === "" ? label : "";
  });
}

/**
 * Every file below `docs`, with links that lead to one of them.
 *
 * @param root The repository; ends with `/`.
 * @param folder Where they go in the package; ends with `/`.
 */
export async function docPages(root: string, folder: string): Promise<readonly PackedFile[]> {
  const paths = (await Array.fromAsync(walkFiles(`${root}docs/`))).sort();
  const shipped = new Set(paths);
  return await Promise.all(paths.map(async (path): Promise<PackedFile> => ({
    path: `${folder}${path}`,
    content: path.endsWith(".md")
      ? withShippedLinks(await Deno.readTextFile(`${root}docs/${path}`), { path, shipped })
      : { copyOf: `${root}docs/${path}` },
    mode: 0o644,
  })));
}

async function* walkFiles(directory: string, prefix = ""): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(directory + prefix)) {
    if (isDirectory) yield* walkFiles(directory, `${prefix}${name}/`);
    else yield prefix + name;
  }
}
