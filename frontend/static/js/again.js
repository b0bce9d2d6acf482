/** Look again by oneself: for what may be there soon, and for a paused study less often the longer it is paused. */

import { waitMs } from "./flusher.js";

const LOOK_AGAIN_MS = 10_000;

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
