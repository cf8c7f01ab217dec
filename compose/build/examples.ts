/**
 * Examples of output on hand-written pages, taken from the golden files of the tests.
 *
 * @module
 */

/** An example on a page. */
export interface PageExample {
  /** Path of the page, which ends in the example, a code block. */
  readonly page: string;
  /** Path of the golden file. */
  readonly golden: string;
  /** End of the part that is shown. */
  readonly upTo: RegExp;
}

/** Every example. */
export const PAGE_EXAMPLES: readonly PageExample[] = [
  {
    page: "docs/PREFLIGHT.md",
    golden: "tests/report/preflight_golden/switchover.txt",
    upTo: /\n {2}5\. .*\n.*\n/,
  },
  { page: "docs/REPORT.md", golden: "tests/report/golden/standby_cut.txt", upTo: /\nFINDINGS\n[^]*?\n\n/ },
];

/**
 * A page with a new example.
 *
 * @param page Its text.
 * @param output The whole output.
 * @param upTo End of the part that is shown.
 * @throws {SyntaxError} When the page does not end in a code block, or the output has no such end.
 */
export function withExample(page: string, output: string, upTo: RegExp): string {
  const end = upTo.exec(output);
  if (end === null) throw new SyntaxError(`The output has nothing that matches ${upTo}`);
  const block = /^(```\w*\n)(?:(?!```)[^])*```\n$(?![^])/m;
  if (!block.test(page)) throw new SyntaxError("The page does not end in a code block");
  const shown = output.slice(0, end.index + end[0].length);
  return page.replace(block, (_block, opening: string) => `${opening}${shown}...\n\`\`\`\n`);
}
