/** Announce practice before its first picture, and the end of practice before the first picture that counts. */

import { announceCounted, announcePractice } from "./dialogs.js";

export class Phases {
  /** @type {"none" | "practice" | "counted"} */
  #announced = "none";

  /**
   * @param {boolean} isPractice whether the next picture is for practice
   * @returns {(() => Promise<void>) | null} what is to be announced before it
   */
  before(isPractice) {
    if (isPractice) {
      if (this.#announced !== "none") return null;
      this.#announced = "practice";
      return announcePractice;
    }
    const wasPractice = this.#announced === "practice";
    this.#announced = "counted";
    return wasPractice ? announceCounted : null;
  }
}
