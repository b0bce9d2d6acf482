/** Choose the best of several pictures, then the worst: tap them, press their numbers, or use the buttons. */

import { sayEarly } from "./clock.js";
import { isOnPicture } from "./gestures.js";
import { say, written } from "./words.js";

/** @typedef {import("./types.js").Point} Point */

/** Two taps on one picture within this time are one: the second came from a finger that bounced. */
const BOUNCE_MS = 350;

/** @param {number} place */
function buildButton(place) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "choice-key set-key";
  button.dataset.place = String(place);
  const number = document.createElement("b");
  number.textContent = written(place + 1);
  button.append(number);
  return button;
}

export class BestWorstChoice {
  /** @type {number | null} */
  #best = null;
  #chosenAt = 0;
  #enabled = false;
  /** @type {HTMLButtonElement[]} */
  #buttons = [];

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root where the question and the buttons go
   * @param {HTMLElement} parts.frame where the pictures are; tapping one chooses it
   * @param {(answer: string, time: number) => void} parts.onChoose gets the places of the best and the worst, as 2>4
   */
  constructor({ root, frame, onChoose }) {
    this.frame = frame;
    this.onChoose = onChoose;
    this.question = document.createElement("p");
    this.question.className = "set-question";
    this.question.id = "set-question";
    this.question.setAttribute("aria-live", "polite");
    this.row = document.createElement("div");
    this.row.className = "choice-keys set-keys";
    this.row.setAttribute("role", "group");
    this.row.setAttribute("aria-labelledby", this.question.id);
    for (const area of [this.row, frame]) area.addEventListener("click", (event) => this.#onClick(event));
    root.replaceChildren(this.question, this.row);
    this.offer(3);
    this.enable(false);
  }

  /** Give each picture its button. @param {number} count */
  offer(count) {
    if (this.#buttons.length !== count) {
      this.#buttons = Array.from({ length: count }, (_, place) => buildButton(place));
      this.row.replaceChildren(...this.#buttons);
    }
    this.#show();
  }

  /** @param {boolean} on */
  enable(on) {
    this.#enabled = on;
    for (const button of this.#buttons) button.setAttribute("aria-disabled", String(!on));
  }

  reset() {
    this.#best = null;
    this.#show();
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && this.row.contains(focused)) focused.blur();
  }

  /** No key but those of the places. */
  press() {
    return false;
  }

  /** Take the best back, before the worst is chosen. */
  takeBack() {
    if (this.#best === null) return false;
    this.#best = null;
    this.#show();
    return true;
  }

  /** A held number chooses once. */
  isMovedBy() {
    return false;
  }

  /**
   * @param {string} key
   * @param {number} time
   */
  shortcut(key, time) {
    const place = Number(key) - 1;
    if (!Number.isInteger(place) || !this.#buttons[place]) return false;
    this.#choose(place, time);
    return true;
  }

  get axis() {
    return /** @type {const} */ ("x");
  }

  /** A finger that slides chooses nothing: there is no direction towards one of several. */
  aimAt() {}

  commit() {}

  /** @param {MouseEvent} event */
  #onClick(event) {
    const target = event.target instanceof Element ? event.target.closest("[data-place]") : null;
    const isMeant = target instanceof HTMLButtonElement || (target && isOnPicture(target, event));
    if (target instanceof HTMLElement && isMeant) this.#choose(Number(target.dataset.place), event.timeStamp);
  }

  /**
   * @param {number} place
   * @param {number} time
   */
  #choose(place, time) {
    if (!this.#enabled) return sayEarly(this.row);
    const best = this.#best;
    if (best === place && time - this.#chosenAt < BOUNCE_MS) return;
    this.#chosenAt = time;
    this.#best = best === null ? place : null; // the best chosen again is taken back
    this.#show();
    if (best !== null && best !== place) this.onChoose(`${best + 1}>${place + 1}`, time);
  }

  #show() {
    this.question.textContent = say(this.#best === null ? "best" : "worst");
    for (const button of this.#buttons) this.#mark(button);
    for (const place of this.frame.querySelectorAll(".place")) {
      if (place instanceof HTMLElement) place.classList.toggle("is-best", Number(place.dataset.place) === this.#best);
    }
  }

  /** @param {HTMLButtonElement} button */
  #mark(button) {
    const place = Number(button.dataset.place);
    const isBest = place === this.#best;
    button.classList.toggle("is-aimed", isBest);
    button.setAttribute("aria-pressed", String(isBest));
    button.setAttribute("aria-label", say("picture", { place: place + 1 }));
  }
}
