import { ConfigError } from "./config_error.ts";

/** A setting as text, and its source. */
export interface Setting {
  /** Its values; exactly one unless the setting is repeatable. */
  readonly values: readonly string[];
  /** Its source; a flag takes precedence over the environment, then the file, then the default. */
  readonly origin: "flag" | "environment" | "file" | "default";
  /** Its name in messages, e.g. `--log.level`, `PGREPL_LOG_LEVEL` or `exporter.yml:3:9`. */
  readonly label: string;
}

/** Settings by name (`log.level`); one that is not given and has no default is absent. */
export type Settings = ReadonlyMap<string, Setting>;

/** Converts settings to values and collects the problems, so that all of them are reported at once. */
export class SettingReader {
  readonly #settings: Settings;
  readonly #problems: string[] = [];
  #advice = "";
  #lacksServers = false;

  /** Reads from settings. */
  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** A setting; `undefined` when it is not given and has no default. */
  get(name: string): Setting | undefined {
    return this.#settings.get(name);
  }

  /** Whether a switch is on. */
  isOn(name: string): boolean {
    return this.get(name)?.values[0] === "true";
  }

  /**
   * The value of a setting.
   *
   * @param name Its name.
   * @param options `parse` converts the text and throws an `Error` that says what was expected; `fallback` is the value
   *   when the setting is absent or invalid.
   */
  read<T, F>(
    name: string,
    options: { readonly parse: (text: string) => T; readonly fallback: F },
  ): T | F {
    const setting = this.get(name);
    if (setting === undefined) return options.fallback;
    return this.parseAll({ ...setting, values: setting.values.slice(0, 1) }, options.parse)[0] ??
      options.fallback;
  }

  /**
   * Converts every value of a setting; an error becomes a problem with the setting's label, and the value is left out.
   *
   * A problem with a value of the file does not repeat it: after a slip in the file it could be a password.
   *
   * @param setting The setting.
   * @param parse Converts one value.
   */
  parseAll<T>({ values, origin, label }: Setting, parse: (text: string) => T): readonly T[] {
    return values.flatMap((text) =>
      this.attempt(label, () => [parse(text)], origin === "file" ? text : "") ?? []
    );
  }

  /**
   * Adds a problem.
   *
   * @param sentence What is wrong and what was expected.
   * @param advice What to do about it, when a sentence is not enough.
   */
  problem(sentence: string, advice = ""): void {
    this.#problems.push(sentence);
    this.#advice ||= advice;
  }

  /** Adds the problem that no server is named. */
  noServer(sentence: string, advice: string): void {
    this.#lacksServers = true;
    this.problem(sentence, advice);
  }

  /** Runs a step; an error becomes problems with this label, without the `hidden` value, and the result is `undefined`. */
  attempt<T>(label: string, step: () => T, hidden = ""): T | undefined {
    try {
      return step();
    } catch (error) {
      const quoted = hidden === "" ? "" : ` "${hidden}"`;
      return this.addError(label, error, quoted);
    }
  }

  /** Adds the problems that an error describes, without the `hidden` text; any other error is thrown again. */
  addError(label: string, error: unknown, hidden = ""): undefined {
    if (error instanceof ConfigError) {
      for (const problem of error.problems) this.problem(`${label}: ${problem}`);
    } else if (error instanceof SyntaxError || error instanceof RangeError) {
      this.problem(`${label}: ${error.message.replace(hidden, "")}`);
    } else throw error;
  }

  /**
   * Ends the reading.
   *
   * @throws {ConfigError} When there is a problem.
   */
  finish(): void {
    const lacksServers = this.#lacksServers && this.#problems.length === 1;
    if (this.#problems.length > 0) {
      throw new ConfigError(this.#problems, { advice: this.#advice, lacksServers });
    }
  }
}
