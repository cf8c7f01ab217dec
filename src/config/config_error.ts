import { hideLogins } from "./hide_logins.ts";

/** A configuration that cannot be used: every problem found, each with what was expected. Holds no secret. */
export class ConfigError extends Error {
  /** Class name, for logs. */
  override readonly name = "ConfigError";
  /** One sentence per problem. */
  readonly problems: readonly string[];
  /** What to do about it as a whole, e.g. an example; "" when the problems say it all. */
  readonly advice: string;

  /**
   * Collects problems.
   *
   * @param problems One sentence per problem, at least one.
   * @param options `advice`: what to do about it as a whole.
   */
  constructor(problems: readonly string[], options: { readonly advice?: string } = {}) {
    const shown = problems.map(hideLogins);
    super(shown.join("; "));
    this.problems = shown;
    this.advice = options.advice ?? "";
  }
}
