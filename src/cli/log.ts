import { BaseHandler, getLogger, type LogRecord, setup } from "@std/log";
import type { Config } from "../config/config.ts";
import type { Clock } from "../domain/clock.ts";
import type { LogFields, Logger } from "../domain/log.ts";

const LEVEL_NAMES = { debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR" } as const;

/** Keys that every line has; a field of that name steps aside. */
const RESERVED: ReadonlySet<string> = new Set(["time", "level", "msg"]);

/** Controls, separators and invisible characters: what a server says must neither break a line nor move a cursor. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** A text in quotes, on one line, whatever it holds. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll(
    new RegExp(UNPRINTABLE, "gu"),
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value of logfmt: bare when it can be, as Go's slog writes it. */
function formatValue(value: unknown): string {
  const text = String(value);
  return text === "" || /[\s="\\]/.test(text) || UNPRINTABLE.test(text) ? quote(text) : text;
}

/** A key of logfmt and of JSON: never empty, never one that every line has. */
function formatKey(key: string): string {
  const plain = key.replaceAll(/[^\p{L}\p{N}_.-]/gu, "_") || "_";
  return RESERVED.has(plain) ? `field_${plain}` : plain;
}

/** Fields of a record: its first argument. Whatever is no plain value is written as its own text says, a secret as `***`. */
function fieldsOf(record: LogRecord): readonly (readonly [string, string | number | boolean | null])[] {
  const fields: unknown = record.args[0];
  if (typeof fields !== "object" || fields === null) return [];
  return Object.entries(fields).map(([key, value]: [string, unknown]) => {
    const isPlain = value === null || typeof value === "number" || typeof value === "boolean";
    return [formatKey(key), isPlain ? value : String(value)];
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
  return [`time=${time}`, `level=${record.levelName}`, `msg=${quote(record.msg)}`, ...fields].join(" ");
}

function formatJson(record: LogRecord, time: string): string {
  const fields = Object.fromEntries(fieldsOf(record));
  return JSON.stringify({ time, level: record.levelName, msg: record.msg, ...fields });
}

/** Options of {@linkcode createLogger}. */
export interface LogOptions {
  /** Least level that is written. */
  readonly level: Config["log"]["level"];
  /** Form of a line: logfmt in Prometheus's style, or a JSON object. */
  readonly format: Config["log"]["format"];
  /** Time of the lines. */
  readonly clock: Clock;
  /** Takes a line, with its line feed. */
  readonly write: (text: string) => void;
}

/**
 * Makes the program's logger. This is the only file that knows `@std/log`.
 *
 * @param options Level, form, time and where lines go.
 * @returns The logger; the one made before it writes nothing any more.
 */
export function createLogger(options: LogOptions): Logger {
  setup({
    handlers: { lines: new LineHandler(options) },
    loggers: { exporter: { level: LEVEL_NAMES[options.level], handlers: ["lines"] } },
  });
  const logger = getLogger("exporter");
  const hand = (fields: LogFields | undefined): LogFields[] => fields === undefined ? [] : [fields];
  return {
    debug: (message, fields) => void logger.debug(message, ...hand(fields)),
    info: (message, fields) => void logger.info(message, ...hand(fields)),
    warn: (message, fields) => void logger.warn(message, ...hand(fields)),
    error: (message, fields) => void logger.error(message, ...hand(fields)),
  };
}
