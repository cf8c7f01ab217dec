/** Does something at every tick, as soon as all who are asked at the tick have answered. */
export class Turns {
  readonly #run: () => void;
  #asked = 0;
  #isDue = false;

  /** Takes what to do. */
  constructor(run: () => void) {
    this.#run = run;
  }

  /**
   * Waits for one that is asked.
   *
   * @param answer Resolves once it has answered; must not reject.
   */
  async ask(answer: Promise<void>): Promise<void> {
    this.#asked++;
    await answer;
    if (--this.#asked === 0 && this.#isDue) this.#take();
  }

  /** At every tick; the turn of a tick that still waits for an answer is taken now. */
  expect(): void {
    if (this.#isDue) this.#take();
    this.#isDue = true;
  }

  #take(): void {
    this.#isDue = false;
    this.#run();
  }
}
