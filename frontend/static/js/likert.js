/** A row of buttons, one per value: tap one, press its digit, or slide along and let go. */

import { buildAnchors } from "./anchors.js";
import { clamped, scaleValues, shareAcross, valueForDigit } from "./values.js";
import { isFromRight, say, written } from "./words.js";

/** @typedef {import("./types.js").ScaleSpec} ScaleSpec */

const FEW = 6;

/**
 * @param {number} value
 * @param {string | undefined} label
 * @param {boolean} isLabelShown
 */
function buildKey(value, label, isLabelShown) {
  const key = document.createElement("button");
  key.type = "button";
  key.className = "key";
  key.setAttribute("aria-label", label ? `${written(value)}, ${label}` : written(value));
  const number = document.createElement("b");
  number.textContent = written(value);
  key.append(number);
  if (isLabelShown) {
    const text = document.createElement("span");
    text.dir = "auto";
    text.textContent = label ?? "";
    key.append(text);
  }
  return key;
}

export class LikertScale {
  /** @type {number | null} */
  #aimed = null;
  #enabled = false;

  /**
   * @param {HTMLElement} root
   * @param {ScaleSpec} spec
   * @param {(value: number, time: number) => void} onRate
   */
  constructor(root, spec, onRate) {
    this.values = scaleValues(spec);
    this.onRate = onRate;
    this.row = document.createElement("div");
    this.row.className = "keys";
    this.row.setAttribute("role", "group");
    this.row.setAttribute("aria-label", say("rating"));
    const isFew = this.values.length <= FEW;
    this.row.classList.toggle("is-few", isFew);
    this.keys = this.values.map((value) => buildKey(value, spec.labels[String(value)], isFew));
    this.row.append(...this.keys);
    this.row.addEventListener("click", (event) => this.#onClick(event));
    root.replaceChildren(this.row, ...(isFew ? [] : [buildAnchors(spec, (value) => (this.values.indexOf(value) + 0.5) / this.values.length)]));
    this.enable(false);
  }

  /** @param {boolean} on */
  enable(on) {
    this.#enabled = on;
    for (const key of this.keys) key.setAttribute("aria-disabled", String(!on));
  }

  reset() {
    this.#aim(null);
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && this.row.contains(focused)) focused.blur();
  }

  /** @param {string} key */
  press(key) {
    const [back, onward] = isFromRight ? ["ArrowRight", "ArrowLeft"] : ["ArrowLeft", "ArrowRight"];
    const isBack = key === back || key === "ArrowUp";
    if (!isBack && key !== onward && key !== "ArrowDown") return false;
    const focused = this.keys.findIndex((each) => each === document.activeElement);
    const middle = Math.floor((this.keys.length - 1) / 2);
    const next = focused === -1 ? middle : focused + (isBack ? -1 : 1);
    this.keys[clamped(next, 0, this.keys.length - 1)].focus();
    return true;
  }

  /** @param {string} key */
  shortcut(key) {
    const value = valueForDigit(this.values, key);
    if (value === undefined) return false;
    this.#rate(this.values.indexOf(value), performance.now());
    return true;
  }

  /** The direction in which the values follow each other; a phone on its side has them in a column. */
  get axis() {
    return getComputedStyle(this.row).gridAutoFlow === "row" ? "y" : "x";
  }

  /** @param {import("./types.js").Point} point */
  aimAt(point) {
    const box = this.row.getBoundingClientRect();
    const share = this.axis === "y" ? (point.clientY - box.top) / box.height : shareAcross(box, point);
    this.#aim(clamped(Math.floor(share * this.keys.length), 0, this.keys.length - 1));
  }

  /** @param {number} time */
  commit(time) {
    const aimed = this.#aimed;
    this.#aim(null);
    if (aimed !== null) this.#rate(aimed, time);
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const index = this.keys.findIndex((key) => key.contains(/** @type {Node} */ (event.target)));
    if (index !== -1) this.#rate(index, event.timeStamp);
  }

  /**
   * @param {number} index
   * @param {number} time
   */
  #rate(index, time) {
    if (!this.#enabled) return;
    this.#flash(this.keys[index]);
    this.onRate(this.values[index], time);
  }

  /** @param {HTMLElement} key */
  #flash(key) {
    key.classList.remove("is-picked");
    requestAnimationFrame(() => key.classList.add("is-picked"));
  }

  /** @param {number | null} index */
  #aim(index) {
    this.#aimed = index;
    this.keys.forEach((key, place) => key.classList.toggle("is-aimed", place === index));
  }
}
