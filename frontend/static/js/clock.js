/** Time on the rating page: how long a picture was looked at, presses too early to be about it, when to look again. */

import { waitMs } from "./flusher.js";

const EVENT = "too-early";
const LOOK_AGAIN_MS = 10_000;

/** How long a picture was looked at: from the frame that painted it to the answer, hidden time left out. */
export class ViewClock {
  /** @type {number | null} */
  #painted = null;
  #hiddenMs = 0;
  /** @type {number | null} */
  #hiddenSince = null;
  #round = 0;
  #timer = 0;

  /** @param {number} minimumMs for how long a picture is visible before an answer can be about it */
  constructor(minimumMs) {
    this.minimumMs = minimumMs;
    document.addEventListener("visibilitychange", () => this.#onVisibility());
  }

  /**
   * Begin with the picture just put in place; its paint is known one frame later.
   * @param {() => void} onReady when it has been visible for long enough
   */
  start(onReady) {
    this.cancel();
    const round = this.#round;
    requestAnimationFrame(() =>
      requestAnimationFrame((frameTime) => {
        if (round !== this.#round) return;
        this.#painted = frameTime;
        this.#hiddenMs = 0;
        if (this.minimumMs > 0) this.#timer = setTimeout(onReady, this.minimumMs);
        else onReady();
      }),
    );
  }

  cancel() {
    this.#round += 1;
    this.#painted = null;
    clearTimeout(this.#timer);
  }

  /**
   * Whether an answer can be about the picture: it was painted, and visible for long enough.
   * @param {number} time of the answer, on the clock of performance.now()
   */
  accepts(time) {
    return this.#painted !== null && this.#viewed(time) >= this.minimumMs;
  }

  /**
   * @param {number} time of the answer, on the clock of performance.now()
   * @returns {number} whole milliseconds of view time
   */
  stop(time) {
    const viewed = this.#viewed(time);
    this.cancel();
    return Math.max(0, Math.round(viewed));
  }

  /** @param {number} time */
  #viewed(time) {
    return time - (this.#painted ?? time) - this.#hiddenMs;
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

/** @param {HTMLElement} element of the controls that was pressed */
export function sayEarly(element) {
  element.dispatchEvent(new Event(EVENT, { bubbles: true }));
}

/** @param {() => void} onEarly */
export function onEarlyPress(onEarly) {
  addEventListener(EVENT, onEarly);
}

/** Look again by oneself: for what may be there soon, and for a paused study less often the longer it is paused. */
export class Again {
  #timer = 0;
  #looks = 0; // at a study that was found paused

  /** @param {() => void} look */
  constructor(look) {
    this.look = look;
  }

  get isPaused() {
    return this.#looks > 0;
  }

  soon() {
    this.#wait(LOOK_AGAIN_MS);
  }

  whilePaused() {
    this.#wait(waitMs(this.#looks++, LOOK_AGAIN_MS));
  }

  /** The study is no longer paused, or over. */
  forgetPause() {
    this.#looks = 0;
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {number} ms */
  #wait(ms) {
    this.stop();
    this.#timer = setTimeout(this.look, ms);
  }
}
