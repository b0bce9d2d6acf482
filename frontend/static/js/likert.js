/** A row of buttons, one per value: tap one, type it, or slide along and let go. */

import { buildAnchors } from "./anchors.js";
import { sayEarly } from "./clock.js";
import { Typing, typedTexts } from "./typing.js";
import { clamped, scaleValues, shareAcross } from "./values.js";
import { isFromRight, say, written } from "./words.js";

/** @typedef {import("./types.js").ScaleSpec} ScaleSpec */

const FEW = 6;

/**
 * @param {number} value
 * @param {string | undefined} label
 * @param {boolean} isLabelShown
 * @param {string | undefined} typed the key that stands for it, where that is another than its number
 */
function buildKey(value, label, isLabelShown, typed) {
  const key = document.createElement("button");
  key.type = "button";
  key.className = "key";
  key.setAttribute("aria-label", label ? `${written(value)} ${label}` : written(value));
  const number = document.createElement("b");
  number.textContent = written(value);
  if (typed) number.append(hint(typed));
  key.append(number);
  if (isLabelShown) {
    const text = document.createElement("span");
    text.dir = "auto";
    text.textContent = label ?? "";
    key.append(text);
  }
  return key;
}

/** @param {string} text */
function hint(text) {
  const key = document.createElement("kbd");
  key.className = "key-hint";
  key.setAttribute("aria-hidden", "true");
  key.textContent = text;
  return key;
}

/**
 * The key for a value, if it is not the number itself.
 * @param {Map<string, number>} texts
 * @param {number} value
 */
function otherKey(texts, value) {
  return [...texts].find(([text, typed]) => typed === value && text !== String(value))?.[0];
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
    const texts = typedTexts(this.values);
    this.keys = this.values.map((value) => buildKey(value, spec.labels[String(value)], isFew, otherKey(texts, value)));
    this.typing = new Typing(
      texts,
      (value) => this.#aim(value === null ? null : this.values.indexOf(value)),
      (value, time) => this.#rate(this.values.indexOf(value), time),
    );
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
    this.typing.clear();
    this.#aim(null);
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && this.row.contains(focused)) focused.blur();
  }

  /** @param {string} key */
  press(key) {
    if (key === "Enter") return this.typing.finish();
    const onward = isFromRight ? "ArrowLeft" : "ArrowRight";
    if (!this.isMovedBy(key)) return false;
    const isBack = key !== onward && key !== "ArrowDown";
    const focused = this.keys.findIndex((each) => each === document.activeElement);
    const middle = Math.floor((this.keys.length - 1) / 2);
    const next = focused === -1 ? middle : focused + (isBack ? -1 : 1);
    this.keys[clamped(next, 0, this.keys.length - 1)].focus();
    return true;
  }

  /** @param {string} character */
  takes(character) {
    return this.typing.takes(character);
  }

  takeBack() {
    return this.typing.takeBack();
  }

  /** @param {string} key */
  isMovedBy(key) {
    return ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"].includes(key);
  }

  /**
   * @param {string} key
   * @param {number} time
   */
  shortcut(key, time) {
    if (this.#enabled) return this.typing.add(key, time);
    const isOurs = [...this.typing.texts.keys()].some((text) => text.startsWith(key));
    if (isOurs) sayEarly(this.row);
    return isOurs;
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
    if (!this.#enabled) return sayEarly(this.row);
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
