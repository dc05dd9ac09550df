/** So many of those who wait go on in one turn of the event loop. */
const goesATurn = 5;

/**
 * Shares the event loop among many who have much to read: whoever asks goes on in a later turn of it, in the order of asking, and only a few in
 * each. So a turn lasts no longer for a thousand of them than for five.
 */
export class Turns {
  #waiting: (() => void)[] = [];
  #isPlanned = false;

  /** Calls when it is the caller's turn, once. */
  ask(go: () => void): void {
    this.#waiting.push(go);
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned || this.#waiting.length === 0) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      const going = this.#waiting.splice(0, goesATurn);
      this.#plan();
      for (const go of going) go();
    });
  }
}
