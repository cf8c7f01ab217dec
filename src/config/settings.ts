import { ConfigError } from "./config_error.ts";

/** One setting as text, and where it came from. */
export interface Setting {
  /** Its values; exactly one unless the setting may be repeated. */
  readonly values: readonly string[];
  /** Who gave it: a flag goes before the environment, that before the file, that before the default. */
  readonly origin: "flag" | "environment" | "file" | "default";
  /** How the user knows it, e.g. `--log.level`, `PGREPL_LOG_LEVEL` or `exporter.yml:3:9`. */
  readonly label: string;
}

/** Settings by name (`log.level`); one that was not given and has no default is absent. */
export type Settings = ReadonlyMap<string, Setting>;

/** A message without the values that it quotes. */
function withoutValues(message: string, values: readonly string[]): string {
  return values.reduce((text, value) => value === "" ? text : text.replace(` "${value}"`, ""), message);
}

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
    return this.attemptSetting(setting, () => options.parse(text)) ?? options.fallback;
  }

  /**
   * Runs a step on the value of a setting; what it throws becomes problems named after where the setting was given.
   *
   * Of a file the value is not repeated: the place is named, and a line that slipped could be a password.
   *
   * @param setting The setting.
   * @param step Turns its text into the value.
   */
  attemptSetting<T>(setting: Setting, step: () => T): T | undefined {
    if (setting.origin !== "file") return this.attempt(setting.label, step);
    return this.attempt(setting.label, () => {
      try {
        return step();
      } catch (error) {
        if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
        throw new SyntaxError(withoutValues(error.message, setting.values));
      }
    });
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
