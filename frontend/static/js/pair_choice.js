/** Choose between two pictures: tap one, press an arrow, use the buttons, or swipe towards it and let go. */

import { sayEarly } from "./clock.js";
import { isOnPicture } from "./gestures.js";
import { isFromRight, say } from "./words.js";

/** @typedef {"left" | "right" | "tie"} Answer */
/** @typedef {import("./types.js").Point} Point */

/**
 * Names of the words on each button, and its picture. Left is where the left picture is, in every language.
 * @type {Record<Answer, {wide: string, stacked: string, icon: string}>}
 */
const WORDS = {
  left: { wide: "left", stacked: "upper", icon: "M19 12H5m0 0l6-6m-6 6l6 6" },
  tie: { wide: "both", stacked: "both", icon: "M6 9h12M6 15h12" },
  right: { wide: "right", stacked: "lower", icon: "M5 12h14m0 0l-6-6m6 6l-6 6" },
};
/**
 * The arrows that point at the pictures as they lie.
 * @type {Record<"x" | "y", Record<string, Answer>>}
 */
const ARROWS = {
  x: { ArrowLeft: "left", ArrowRight: "right", ArrowDown: "tie" },
  y: { ArrowUp: "left", ArrowDown: "right" },
};
const TIE_KEY = "t";
const SVG = "http://www.w3.org/2000/svg";

/** @param {string} path */
function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/** @param {string} text @param {string} name */
function word(text, name) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = text;
  return span;
}

/** @param {string} text */
function keyHint(text) {
  const key = document.createElement("kbd");
  key.className = "key-hint";
  key.setAttribute("aria-hidden", "true");
  key.textContent = text;
  return key;
}

/** @param {Answer} answer */
function buildButton(answer) {
  const { wide, stacked, icon: path } = WORDS[answer];
  const button = document.createElement("button");
  button.type = "button";
  button.className = "choice-key";
  button.dataset.answer = answer;
  button.append(icon(path), word(say(wide), "when-wide"), word(say(stacked), "when-stacked"));
  if (answer === "tie") button.append(keyHint(TIE_KEY.toUpperCase()));
  return button;
}

export class PairChoice {
  /** @type {Answer | null} */
  #aimed = null;
  #enabled = false;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.root where the buttons go
   * @param {HTMLElement} parts.frame where the two pictures are; tapping one chooses it
   * @param {boolean} parts.tiesAllowed
   * @param {(answer: Answer, time: number) => void} parts.onChoose
   */
  constructor({ root, frame, tiesAllowed, onChoose }) {
    this.frame = frame;
    this.onChoose = onChoose;
    this.answers = /** @type {Answer[]} */ (tiesAllowed ? ["left", "tie", "right"] : ["left", "right"]);
    this.row = document.createElement("div");
    this.row.className = "choice-keys";
    this.row.setAttribute("role", "group");
    this.row.setAttribute("aria-label", say("question"));
    this.buttons = this.answers.map(buildButton);
    this.row.append(...this.buttons);
    this.row.addEventListener("click", (event) => this.#onClick(event, "[data-answer]", "answer"));
    frame.addEventListener("click", (event) => this.#onClick(event, ".side", "side"));
    root.replaceChildren(this.row);
    this.enable(false);
  }

  /** @param {boolean} on */
  enable(on) {
    this.#enabled = on;
    for (const button of this.buttons) button.setAttribute("aria-disabled", String(!on));
  }

  reset() {
    this.#aim(null);
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && this.row.contains(focused)) focused.blur();
  }

  /**
   * @param {string} key
   * @param {number} time
   */
  press(key, time) {
    return this.#pressed(ARROWS[this.axis][key], time);
  }

  /** One press says all. */
  takeBack() {
    return false;
  }

  /** A held arrow chooses once. */
  isMovedBy() {
    return false;
  }

  /**
   * @param {string} key
   * @param {number} time
   */
  shortcut(key, time) {
    return this.#pressed(this.#letters[key.toLowerCase()], time);
  }

  /**
   * Letters, and the places of the pictures in the order of reading.
   * @returns {Record<string, Answer>}
   */
  get #letters() {
    const isMirrored = isFromRight && this.axis === "x";
    return { 1: isMirrored ? "right" : "left", 2: isMirrored ? "left" : "right", [TIE_KEY]: "tie" };
  }

  /**
   * @param {Answer | undefined} answer
   * @param {number} time
   */
  #pressed(answer, time) {
    if (!answer || !this.answers.includes(answer)) return false;
    this.#choose(answer, time);
    return true;
  }

  /** The direction in which the pictures lie: beside each other, or one above the other. */
  get axis() {
    return getComputedStyle(this.frame).gridAutoFlow === "row" ? "y" : "x";
  }

  /**
   * Aim at the picture that the finger moves towards.
   * @param {Point} point
   * @param {Point} [start] where the finger came down
   */
  aimAt(point, start = point) {
    const way = this.axis === "y" ? point.clientY - start.clientY : point.clientX - start.clientX;
    this.#aim(way === 0 ? null : way < 0 ? "left" : "right");
  }

  /** @param {number} time */
  commit(time) {
    const aimed = this.#aimed;
    this.#aim(null);
    if (aimed) this.#choose(aimed, time);
  }

  /**
   * @param {MouseEvent} event
   * @param {string} selector
   * @param {"answer" | "side"} name
   */
  #onClick(event, selector, name) {
    const target = event.target instanceof Element ? event.target.closest(selector) : null;
    if (!(target instanceof HTMLElement) || (name === "side" && !isOnPicture(target, event))) return;
    this.#choose(/** @type {Answer} */ (target.dataset[name]), event.timeStamp);
  }

  /**
   * @param {Answer} answer
   * @param {number} time
   */
  #choose(answer, time) {
    if (this.#enabled) this.onChoose(answer, time);
    else sayEarly(this.row);
  }

  /** @param {Answer | null} answer */
  #aim(answer) {
    this.#aimed = answer;
    for (const button of this.buttons) button.classList.toggle("is-aimed", button.dataset.answer === answer);
    for (const side of this.frame.querySelectorAll(".side")) {
      side.classList.toggle("is-aimed", side instanceof HTMLElement && side.dataset.side === answer);
    }
  }
}
