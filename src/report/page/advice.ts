import { type Markup, markup } from "../markup.ts";

/** A part of advice: prose, or code to paste. */
export interface AdvicePart {
  /** Prose or code. */
  readonly kind: "text" | "code";
  /** The part itself. */
  readonly text: string;
}

/** The beginning of code. */
const BEGINNING =
  /\b(?:SELECT|TRUNCATE|ALTER (?:SYSTEM|ROLE|TABLE|SUBSCRIPTION|PUBLICATION)|ROLLBACK PREPARED|CREATE ROLE|GRANT|DROP|DELETE FROM|BEGIN;|COMMIT;|SET LOCAL|SHOW |pg_basebackup -|pg_rewind -|pg_ctl |pg_checksums -|mv DATADIR|psql ")/g;
/** Prose after code. */
const PROSE =
  /^(?:[,:.]?\s+(?:or|and|then|on|of|in|unless|when|without|with|which|against|to|before|after|there|from the)\b|[:.]\s|\.$)/;

/**
 * Separates statements and commands from the prose around them. A wrong guess only changes the typography: no character
 * is lost except white space between two statements.
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

/** Where the code that begins at `start` ends: after its semicolon, or before prose. */
function endOfCode(text: string, start: number): number {
  let depth = 0;
  let quote = "";
  for (let index = start; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote !== "") {
      if (character === quote) quote = "";
    } else if (character === "'" || character === '"') {
      // An unclosed quote is an apostrophe.
      if (text.indexOf(character, index + 1) > 0) quote = character;
    } else if (character === "(") {
      // A remark in brackets is prose.
      if (depth === 0 && /^\((?:it|with|when|or)\s/.test(text.slice(index))) return index;
      depth++;
    } else if (character === ")" && --depth < 0) return index;
    else if (depth === 0) {
      if (character === ";") return index + 1;
      // After "=" comes a value, even if it is "on".
      if (!/[\s,:.]/.test(character) || text.charAt(index - 1) === "=") continue;
      if (PROSE.test(text.slice(index))) return index;
    }
  }
  return text.length;
}

/**
 * Advice with its code marked up: as a block where the prose before it ends with a colon.
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
