import type { ReportSource } from "../../report/source.ts";
import type { Palette } from "../../report/styled_text/palette.ts";
import { parseKeys } from "../../report/terminal/keys.ts";
import { drawScreen } from "../../report/terminal/layout.ts";
import type { Glyphs } from "../../report/styled_text/line.ts";
import type { SortKey } from "../../report/terminal/rows.ts";
import {
  initialState,
  reduce,
  type ScrollLimits,
  type WatchAction,
  type WatchState,
} from "../../report/terminal/state.ts";
import type { CommandContext } from "../context.ts";
import type { Device } from "./device.ts";
import { readReports, type ReportSchedule } from "./read_reports.ts";
import { TerminalScreen } from "./terminal.ts";

/** The size when the terminal does not report one. */
const DEFAULT_SIZE = { columns: 80, rows: 24 };

/** How to watch on a screen. */
export interface WatchScreenOptions extends ReportSchedule {
  /** The terminal. */
  readonly device: Device;
  /** Handles a signal. */
  readonly onSignal: CommandContext["onSignal"];
  /** Escape sequences of styles. */
  readonly palette: Palette;
  /** Characters for drawing. */
  readonly glyphs: Glyphs;
  /** Initial sort order. */
  readonly sort: SortKey;
}

/** The screen and its state. */
class LivePicture implements Disposable {
  readonly #screen: TerminalScreen;
  readonly #options: WatchScreenOptions;
  readonly #end: () => void;
  #state: WatchState;
  #limits: ScrollLimits = { maxScroll: 0, pageRows: 1 };

  constructor(
    options: WatchScreenOptions,
    { source, end }: { readonly source: ReportSource; readonly end: () => void },
  ) {
    this.#options = options;
    this.#end = end;
    this.#state = initialState(source.name, options.sort);
    this.#screen = new TerminalScreen(options.device, options.palette);
  }

  draw(): void {
    const { device, clock, glyphs } = this.#options;
    const size = device.size() ?? DEFAULT_SIZE;
    const { lines, ...limits } = drawScreen(this.#state, { size, now: clock.wall(), glyphs });
    this.#limits = limits;
    if (!this.#screen.draw(lines)) this.#end();
  }

  resize(): void {
    this.#screen.forget();
    this.draw();
  }

  apply(action: WatchAction): void {
    this.#state = reduce(this.#state, action);
    if (this.#state.hasEnded) this.#end();
    else this.draw();
  }

  async takeKeys(signal: AbortSignal): Promise<void> {
    let rest = "";
    for await (const text of this.#options.device.read(signal)) {
      const parsed = parseKeys(rest + text);
      rest = parsed.rest;
      for (const key of parsed.keys) {
        if (key === "redraw") this.#screen.retake();
        this.apply({ type: "key", key, limits: this.#limits });
        if (signal.aborted) return;
      }
    }
    // The terminal has closed.
    this.#end();
  }

  [Symbol.dispose](): void {
    this.#screen[Symbol.dispose]();
  }
}

/**
 * Watches on a screen until the user quits, the signal, or the terminal closes.
 *
 * @returns Whether the latest attempt brought a report.
 * @throws Any error, after the terminal has been restored.
 */
export async function watchScreen(source: ReportSource, options: WatchScreenOptions): Promise<boolean> {
  const { clock, device, signal: outer } = options;
  const ending = new AbortController();
  const signal = AbortSignal.any([outer, ending.signal]);
  const end = () => ending.abort("ended");
  let isRead = false;
  using picture = new LivePicture(options, { source, end });
  const stopListening = options.onSignal("SIGWINCH", () => picture.resize());
  /** The first task that ends or fails ends the others. */
  const untilEnd = async (task: () => Promise<void>) => {
    try {
      await task();
    } finally {
      end();
    }
  };
  try {
    picture.draw();
    await Promise.all([
      untilEnd(async () => {
        for await (const reading of readReports(source, { ...options, signal })) {
          isRead = reading.type === "report";
          picture.apply(reading);
        }
      }),
      untilEnd(async () => {
        while (!signal.aborted) {
          // Redraw the clock on every second.
          await clock.sleep(1 - clock.wall() % 1, signal).catch(() => {});
          if (!signal.aborted) picture.draw();
        }
      }),
      ...(device.isInput ? [untilEnd(() => picture.takeKeys(signal))] : []),
    ]);
    return isRead;
  } finally {
    stopListening();
  }
}
