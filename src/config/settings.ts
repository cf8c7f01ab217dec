import { ConfigError } from "./config_error.ts";

/** One setting as text, and where it came from. */
export interface Setting {
  /** Its values; exactly one unless the setting may be repeated. */
  readonly values: readonly string[];
  /** Who gave it: a flag goes before the environment, that before the default. */
  readonly origin: "flag" | "environment" | "default";
  /** How the user knows it, e.g. `--log.level` or `PGREPL_LOG_LEVEL`. */
  readonly label: string;
}

/** Settings by name (`log.level`); one that was not given and has no default is absent. */
export type Settings = ReadonlyMap<string, Setting>;

/** Turns settings into values and gathers what is wrong with them, so that all of it can be said at once. */
export class SettingReader {
  readonly #settings: Settings;
  readonly #problems: string[] = [];
  #advice = "";

  /** Reads from settings. */
  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The setting itself; `undefined` when it was not given and has no default. */
  get(name: string): Setting | undefined {
    return this.#settings.get(name);
  }

  /**
   * The value of a setting.
   *
   * @param name Its name.
   * @param options `parse` turns the text into the value and throws an `Error` that says what was expected;
   *   `fallback` is the value when the setting is absent, and a stand-in when it is wrong.
   */
  read<T, F>(
    name: string,
    options: { readonly parse: (text: string) => T; readonly fallback: F },
  ): T | F {
    const setting = this.#settings.get(name);
    const text = setting?.values[0];
    if (setting === undefined || text === undefined) return options.fallback;
    return this.attempt(setting.label, () => options.parse(text)) ?? options.fallback;
  }

  /**
   * Notes a problem.
   *
   * @param sentence What is wrong and what was expected.
   * @param advice What to do about it, when that takes more than a sentence.
   */
  problem(sentence: string, advice = ""): void {
    this.#problems.push(sentence);
    this.#advice ||= advice;
  }

  /** Runs a step; what it throws becomes problems named after the source, and the result `undefined`. */
  attempt<T>(label: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (error instanceof ConfigError) {
        for (const problem of error.problems) this.problem(`${label}: ${problem}`);
      } else if (error instanceof SyntaxError || error instanceof RangeError) {
        this.problem(`${label}: ${error.message}`);
      } else throw error;
      return undefined;
    }
  }

  /**
   * Ends the reading.
   *
   * @throws {ConfigError} When a problem was noted.
   */
  finish(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems, { advice: this.#advice });
  }
}
