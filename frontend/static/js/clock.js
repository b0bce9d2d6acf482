/** Measure how long a picture was looked at: from the frame that painted it to the answer, hidden time left out. */

export class ViewClock {
  /** @type {number | null} */
  #painted = null;
  #hiddenMs = 0;
  /** @type {number | null} */
  #hiddenSince = null;
  #round = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#onVisibility());
  }

  /**
   * Begin with the picture just put in place; its paint is known one frame later.
   * @param {() => void} onPainted
   */
  start(onPainted) {
    this.cancel();
    const round = this.#round;
    requestAnimationFrame(() =>
      requestAnimationFrame((frameTime) => {
        if (round !== this.#round) return;
        this.#painted = frameTime;
        this.#hiddenMs = 0;
        onPainted();
      }),
    );
  }

  cancel() {
    this.#round += 1;
    this.#painted = null;
  }

  /** Whether the picture has been painted, so that an answer can be about it. */
  get isRunning() {
    return this.#painted !== null;
  }

  /**
   * @param {number} time of the answer, on the clock of performance.now()
   * @returns {number} whole milliseconds of view time
   */
  stop(time) {
    const painted = this.#painted ?? time;
    this.cancel();
    return Math.max(0, Math.round(time - painted - this.#hiddenMs));
  }

  #onVisibility() {
    const now = performance.now();
    if (document.visibilityState === "hidden") {
      this.#hiddenSince = now;
    } else if (this.#hiddenSince !== null) {
      this.#hiddenMs += now - this.#hiddenSince;
      this.#hiddenSince = null;
    }
  }
}
