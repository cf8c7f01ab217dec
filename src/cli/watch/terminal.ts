import type { Line } from "../../report/styled_text/line.ts";
import { encodeLine, type Palette } from "../../report/styled_text/palette.ts";
import { drawChanges, ENTER_SCREEN, LEAVE_SCREEN } from "../../report/terminal/ansi.ts";
import type { Device } from "./device.ts";

/** A terminal that has been taken over; disposing it gives it back as it was. */
export class TerminalScreen implements Disposable {
  readonly #device: Device;
  readonly #palette: Palette;
  readonly #stopListening: () => void;
  #picture: readonly string[] | null = null;
  #isOpen = true;

  /**
   * Takes a terminal over: another screen, keys one by one, no cursor. It is given back also when an error that nobody
   * caught ends the process.
   *
   * @param device The terminal.
   * @param palette What styles look like.
   */
  constructor(device: Device, palette: Palette) {
    this.#device = device;
    this.#palette = palette;
    this.#stopListening = device.onUncaught(() => this[Symbol.dispose]());
    this.#enter();
  }

  /**
   * Shows lines: what differs from what is on the screen goes out in one write.
   *
   * @param lines Every line from the top.
   * @returns Whether the terminal is still there.
   */
  draw(lines: readonly Line[]): boolean {
    if (!this.#isOpen) return false;
    const picture = lines.map((line) => encodeLine(line, this.#palette));
    const changes = drawChanges(this.#picture, picture);
    this.#picture = picture;
    return changes === "" || this.#device.write(changes);
  }

  /** Draws everything at the next time: the size has changed. */
  forget(): void {
    this.#picture = null;
  }

  /** Takes the terminal over once more, in case somebody else has drawn on it or changed it. */
  retake(): void {
    if (this.#isOpen) this.#enter();
    this.forget();
  }

  #enter(): void {
    if (this.#device.isInput) this.#device.setRaw(true);
    this.#device.write(ENTER_SCREEN);
  }

  /** Gives the terminal back; a second time does nothing. */
  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stopListening();
    // One of them failing must not keep the other from being done.
    try {
      this.#device.write(LEAVE_SCREEN);
    } finally {
      if (this.#device.isInput) this.#device.setRaw(false);
    }
  }
}
