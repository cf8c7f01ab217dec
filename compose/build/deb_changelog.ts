const WIDTH = 78;

function wrap(words: string): readonly string[] {
  const lines: string[] = [];
  let line = "  *";
  for (const word of words.split(/\s+/)) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = `    ${word}`;
    } else line = `${line} ${word}`;
  }
  return [...lines, line];
}

/** A date in the format of RFC 5322 and Debian, in UTC. */
function formatDate(date: Date): string {
  return date.toUTCString().replace("GMT", "+0000");
}

/**
 * The changelog of a Debian package: the lines of the newest version in CHANGELOG.md.
 *
 * @param changelog Text of CHANGELOG.md.
 * @param options `upstream`: the program's version; `version`: the package's; `name`, `maintainer` and `date` of it.
 * @returns Text that ends with a line feed.
 * @throws {SyntaxError} When the changelog does not start with that version, or has no lines for it.
 */
export function renderDebianChangelog(
  changelog: string,
  { upstream, version, name, maintainer, date }: {
    readonly upstream: string;
    readonly version: string;
    readonly name: string;
    readonly maintainer: string;
    readonly date: Date;
  },
): string {
  const [, newest = "", body = ""] = /^## (\S+)[^\n]*\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(changelog) ?? [];
  const items = [...body.matchAll(/^- ([\s\S]*?)(?=^- |(?![\s\S]))/gm)].map(([, item]) =>
    (item ?? "").trim()
  );
  if (newest !== upstream || items.length === 0) {
    throw new SyntaxError(
      `Cannot make the package's changelog: CHANGELOG.md begins with "${newest}", expected ${upstream} and what changed`,
    );
  }
  return [
    `${name} (${version}) unstable; urgency=medium`,
    "",
    ...items.flatMap(wrap),
    "",
    ` -- ${maintainer}  ${formatDate(date)}`,
    "",
  ].join("\n");
}
