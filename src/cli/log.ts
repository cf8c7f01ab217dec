import { BaseHandler, getLogger, type LogRecord, setup } from "@std/log";
import type { Config } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { LogFields, Logger } from "../domain/log.ts";

const STD_LEVELS = { debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR" } as const;

/** Keys of every line; a field of that name is renamed. */
const RESERVED: ReadonlySet<string> = new Set(["time", "level", "msg"]);

/** Controls, separators and invisible characters: text from a server must neither break a line nor move a cursor. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Logs nothing. */
export const SILENT_LOGGER: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** Replaces each match of a global pattern of single characters with a `\uXXXX` escape. */
export function escapeMatches(text: string, pattern: RegExp): string {
  return text.replaceAll(
    pattern,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Any text in quotes, on one line. */
function quoteLogValue(text: string): string {
  return escapeMatches(JSON.stringify(text), new RegExp(UNPRINTABLE, "gu"));
}

/** A logfmt value, without quotes where possible, as Go's slog writes it. */
function formatValue(value: unknown): string {
  const text = String(value);
  return text === "" || /[\s="\\]/.test(text) || UNPRINTABLE.test(text) ? quoteLogValue(text) : text;
}

/** A logfmt or JSON key that is not empty and not reserved. */
function logKey(key: string): string {
  const plain = key.replaceAll(/[^\p{L}\p{N}_.-]/gu, "_") || "_";
  return RESERVED.has(plain) ? `field_${plain}` : plain;
}

/** Fields of a record: its first argument. Values that are not plain are converted to text, a secret to `***`. */
function fieldsOf(record: LogRecord): readonly (readonly [string, string | number | boolean | null])[] {
  const fields: unknown = record.args[0];
  if (typeof fields !== "object" || fields === null) return [];
  return Object.entries(fields).map(([key, value]: [string, unknown]) => {
    const isPlain = value === null || typeof value === "number" || typeof value === "boolean";
    return [logKey(key), isPlain ? value : String(value)];
  });
}

/** Writes one line per record. */
class LineHandler extends BaseHandler {
  readonly #write: (text: string) => void;

  constructor(options: LogOptions) {
    const formatTime = () => new Date(Math.round(options.clock.wall() * 1000)).toISOString();
    super("DEBUG", {
      formatter: (record) =>
        options.format === "json" ? formatJson(record, formatTime()) : formatLogfmt(record, formatTime()),
    });
    this.#write = options.write;
  }

  override log(line: string): void {
    this.#write(`${line}\n`);
  }
}

function formatLogfmt(record: LogRecord, time: string): string {
  const fields = fieldsOf(record).map(([key, value]) => `${key}=${formatValue(value)}`);
  return [`time=${time}`, `level=${record.levelName}`, `msg=${quoteLogValue(record.msg)}`, ...fields].join(
    " ",
  );
}

function formatJson(record: LogRecord, time: string): string {
  const fields = Object.fromEntries(fieldsOf(record));
  return JSON.stringify({ time, level: record.levelName, msg: record.msg, ...fields });
}

/** Options of {@linkcode createLogger}. */
export interface LogOptions {
  /** Lowest level that is written. */
  readonly level: Config["log"]["level"];
  /** Format of a line: logfmt in Prometheus's style, or a JSON object. */
  readonly format: Config["log"]["format"];
  /** Time for the lines. */
  readonly clock: Clock;
  /** Writes a line, line feed included. */
  readonly write: (text: string) => void;
}

/** Makes the program's logger; the previous one stops writing. Only this file imports `@std/log`. */
export function createLogger(options: LogOptions): Logger {
  setup({
    handlers: { lines: new LineHandler(options) },
    loggers: { exporter: { level: STD_LEVELS[options.level], handlers: ["lines"] } },
  });
  const logger = getLogger("exporter");
  const toArgs = (fields: LogFields | undefined): LogFields[] => fields === undefined ? [] : [fields];
  return {
    debug: (message, fields) => void logger.debug(message, ...toArgs(fields)),
    info: (message, fields) => void logger.info(message, ...toArgs(fields)),
    warn: (message, fields) => void logger.warn(message, ...toArgs(fields)),
    error: (message, fields) => void logger.error(message, ...toArgs(fields)),
  };
}

/** A logger that passes everything to another one, which can be replaced. */
export interface SwitchableLogger extends Logger {
  /** Replaces the logger that writes. */
  use(logger: Logger): void;
}

/** Makes a switchable logger; `first` writes until it is replaced. */
export function switchableLogger(first: Logger): SwitchableLogger {
  let current = first;
  return {
    debug: (message, fields) => current.debug(message, fields),
    info: (message, fields) => current.info(message, fields),
    warn: (message, fields) => current.warn(message, fields),
    error: (message, fields) => current.error(message, fields),
    use: (logger) => void (current = logger),
  };
}
