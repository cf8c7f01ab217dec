import type { Line } from "../../report/styled_text/line.ts";
import { encodeLine, type Palette } from "../../report/styled_text/palette.ts";
import { drawChanges, ENTER_SCREEN, LEAVE_SCREEN } from "../../report/terminal/ansi.ts";
import type { Device } from "./device.ts";

/** Full-screen control of a terminal; disposing it restores the terminal. */
export class TerminalScreen implements Disposable {
  readonly #device: Device;
  readonly #palette: Palette;
  readonly #stopListening: () => void;
  #picture: readonly string[] | null = null;
  #isOpen = true;

  /** Switches to the alternate screen in raw mode, without a cursor. An uncaught error also restores the terminal. */
  constructor(device: Device, palette: Palette) {
    this.#device = device;
    this.#palette = palette;
    this.#stopListening = device.onUncaught(() => this[Symbol.dispose]());
    this.#enter();
  }

  /**
   * Shows lines from the top; only the differences to the current screen are written, at once.
   *
   * @returns Whether the terminal is still there.
   */
  draw(lines: readonly Line[]): boolean {
    if (!this.#isOpen) return false;
    const picture = lines.map((line) => encodeLine(line, this.#palette));
    const changes = drawChanges(this.#picture, picture);
    this.#picture = picture;
    return changes === "" || this.#device.write(changes);
  }

  /** Makes the next draw complete: the size has changed. */
  forget(): void {
    this.#picture = null;
  }

  /** Switches to the screen again, in case another program has changed the terminal. */
  retake(): void {
    if (this.#isOpen) this.#enter();
    this.forget();
  }

  #enter(): void {
    if (this.#device.isInput) this.#device.setRaw(true);
    this.#device.write(ENTER_SCREEN);
  }

  /** Restores the terminal; a second call does nothing. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stopListening();
    // If the write fails, raw mode must still end.
    try {
      this.#device.write(LEAVE_SCREEN);
    } finally {
      if (this.#device.isInput) this.#device.setRaw(false);
    }
  }
}
