/**
 * Joins the parts of a finding's evidence.
 *
 * @param parts What is known; `false` and `""` are left out.
 */
export function joinEvidence(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== "").join("; ");
}

/** The GRANT command at the end of an error; undefined when it names none. */
export function grantIn(message: string): string | undefined {
  return /GRANT .*$/.exec(message)?.[0];
}
