import { type Markup, markup } from "../markup.ts";

/** A piece of advice: prose, or something to paste. */
export interface AdvicePart {
  /** Which of the two. */
  readonly kind: "text" | "code";
  /** The piece itself. */
  readonly text: string;
}

/** How something to paste begins. */
const BEGINNING =
  /\b(?:SELECT|ALTER (?:SYSTEM|ROLE)|CREATE ROLE|GRANT|DROP|pg_basebackup -|pg_rewind -|pg_ctl |pg_checksums -)/g;
/** Prose that goes on after it. */
const PROSE =
  /^(?:[,:.]?\s+(?:or|and|then|on|of|in|unless|when|without|with|which|against|to|before|after|there|from the)\b|[:.]\s|\.$)/;

/**
 * Tells statements and commands from the prose around them. A wrong guess only changes how a piece is set: no character
 * is lost, but for the white space and semicolon between two statements.
 *
 * @param advice Advice of a finding.
 */
export function splitAdvice(advice: string): readonly AdvicePart[] {
  const parts: AdvicePart[] = [];
  let done = 0;
  BEGINNING.lastIndex = 0;
  for (let match = BEGINNING.exec(advice); match !== null; match = BEGINNING.exec(advice)) {
    const end = endOfCode(advice, match.index);
    const between = advice.slice(done, match.index);
    const last = parts.at(-1);
    if (last?.kind === "code" && /^\s*$/.test(between)) {
      parts[parts.length - 1] = { kind: "code", text: `${last.text}\n${advice.slice(match.index, end)}` };
    } else {
      if (between !== "") parts.push({ kind: "text", text: between });
      parts.push({ kind: "code", text: advice.slice(match.index, end) });
    }
    done = end;
    BEGINNING.lastIndex = end;
  }
  if (done < advice.length) parts.push({ kind: "text", text: advice.slice(done) });
  return parts;
}

/** Where the statement that begins at `start` ends: behind its semicolon, or where prose goes on. */
function endOfCode(text: string, start: number): number {
  let depth = 0;
  let quote = "";
  for (let index = start; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === "'" || character === '"') {
      // A quote that is never closed is an apostrophe.
      if (text.indexOf(character, index + 1) > 0) quote = character;
    } else if (character === "(") {
      // What a person is told in brackets.
      if (depth === 0 && /^\((?:it|with|when|or)\s/.test(text.slice(index))) return index;
      depth++;
    } else if (character === ")" && --depth < 0) return index;
    else if (depth === 0) {
      if (character === ";") return index + 1;
      // Behind "=" stands a value, also when it is "on".
      if (!/[\s,:.]/.test(character) || text.charAt(index - 1) === "=") continue;
      if (PROSE.test(text.slice(index))) return index;
    }
  }
  return text.length;
}

/**
 * Advice with its statements set as code: in a line of their own where the prose ends before them.
 *
 * @param advice Advice of a finding.
 */
export function renderAdvice(advice: string): Markup {
  const parts = splitAdvice(advice);
  return markup`${
    parts.map(({ kind, text }, index) => {
      if (kind === "text") return markup`<span>${text}</span>`;
      const before = parts[index - 1]?.text.trimEnd() ?? ":";
      const isAlone = /[:;]$/.test(before) && !/^\)/.test(parts[index + 1]?.text ?? "");
      return isAlone || text.includes("\n")
        ? markup`<pre tabindex="0" role="group" aria-label="To paste"><code>${text}</code></pre>`
        : markup`<code>${text}</code>`;
    })
  }`;
}
