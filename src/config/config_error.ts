import { hideLogins } from "./hide_logins.ts";

/** An invalid configuration: every problem found, each with what was expected. It contains no secret. */
export class ConfigError extends Error {
  /** Class name, for logs. */
  override readonly name = "ConfigError";
  /** One sentence per problem. */
  readonly problems: readonly string[];
  /** What to do about it as a whole, e.g. an example; "" when there is none. */
  readonly advice: string;
  /** Whether the only problem is that no server is named. */
  readonly lacksServers: boolean;

  /**
   * Collects problems.
   *
   * @param problems One sentence per problem, at least one.
   * @param options `advice`: what to do about it as a whole; `lacksServers`: whether the only problem is that no server is
   *   named.
   */
  constructor(
    problems: readonly string[],
    options: { readonly advice?: string; readonly lacksServers?: boolean } = {},
  ) {
    const shown = problems.map(hideLogins);
    super(shown.join("; "));
    this.problems = shown;
    this.advice = options.advice ?? "";
    this.lacksServers = options.lacksServers ?? false;
  }
}
