/** A line to slide along: no handle before the first touch; letting go, or Enter, rates. */

import { buildAnchors } from "./anchors.js";
import { anchors, clamped, scaleValues, shareAcross, valueAt } from "./values.js";
import { isFromRight, say, written } from "./words.js";

/** @typedef {import("./types.js").ScaleSpec} ScaleSpec */

const LARGE_STEPS = 10;

/** @param {string} className */
function part(className) {
  const element = document.createElement("div");
  element.className = className;
  return element;
}

export class SliderScale {
  /** @type {number | null} */
  #value = null;
  #enabled = false;

  /**
   * @param {HTMLElement} root
   * @param {ScaleSpec} spec
   * @param {(value: number, time: number) => void} onRate
   */
  constructor(root, spec, onRate) {
    this.spec = spec;
    this.count = scaleValues(spec).length - 1;
    this.onRate = onRate;
    this.line = part("slider");
    this.thumb = part("slider-thumb");
    this.line.append(part("slider-track"), ...this.#ticks(), this.thumb);
    this.#describe();
    root.replaceChildren(this.line, buildAnchors(spec, (value) => this.#share(value)));
    this.enable(false);
    this.reset();
  }

  /** @param {boolean} on */
  enable(on) {
    this.#enabled = on;
    this.line.setAttribute("aria-disabled", String(!on));
  }

  reset() {
    this.#value = null;
    this.line.classList.remove("is-touched");
    this.line.setAttribute("aria-valuenow", String(this.#middle));
    this.line.setAttribute("aria-valuetext", say("not_set"));
  }

  /** @param {string} key */
  press(key) {
    if (key === "Enter" && this.#value !== null) {
      this.commit(performance.now());
      return true;
    }
    const next = this.#afterKey(key);
    if (next === null) return false;
    if (this.#enabled) this.#set(next);
    return true;
  }

  /** A line has no digits. */
  shortcut() {
    return false;
  }

  get axis() {
    return /** @type {const} */ ("x");
  }

  /** @param {import("./types.js").Point} point */
  aimAt(point) {
    if (!this.#enabled) return;
    this.#set(valueAt(this.spec, shareAcross(this.line.getBoundingClientRect(), point)));
  }

  /** @param {number} time */
  commit(time) {
    if (this.#value === null || !this.#enabled) return;
    this.onRate(this.#value, time);
  }

  get #middle() {
    return valueAt(this.spec, 0.5);
  }

  /**
   * Where an arrow leads; the first one puts the handle in the middle.
   * @param {string} key
   * @returns {number | null}
   */
  #afterKey(key) {
    const { min, max, step } = this.spec;
    const large = step * Math.max(1, Math.round(this.count / LARGE_STEPS));
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: -step, ArrowUp: step, PageDown: -large, PageUp: large };
    moves.ArrowRight = isFromRight ? -step : step;
    moves.ArrowLeft = -moves.ArrowRight;
    if (key === "Home") return min;
    if (key === "End") return max;
    if (!(key in moves)) return null;
    return this.#value === null ? this.#middle : clamped(this.#value + moves[key], min, max);
  }

  /** @param {number} value */
  #set(value) {
    this.#value = Number(value.toFixed(6));
    this.line.classList.add("is-touched");
    this.thumb.style.insetInlineStart = `${100 * this.#share(this.#value)}%`;
    this.line.setAttribute("aria-valuenow", String(this.#value));
    this.line.setAttribute("aria-valuetext", this.spec.labels[String(this.#value)] ?? written(this.#value));
  }

  /** @param {number} value */
  #share(value) {
    return (value - this.spec.min) / (this.spec.max - this.spec.min);
  }

  #ticks() {
    return anchors(this.spec).map(({ value }) => {
      const tick = part("slider-tick");
      tick.style.insetInlineStart = `${100 * this.#share(value)}%`;
      return tick;
    });
  }

  #describe() {
    const texts = anchors(this.spec).map(({ text }) => text);
    this.line.tabIndex = 0;
    this.line.setAttribute("role", "slider");
    this.line.setAttribute("aria-label", say("rating_between", { low: texts[0] ?? this.spec.min, high: texts.at(-1) ?? this.spec.max }));
    this.line.setAttribute("aria-valuemin", String(this.spec.min));
    this.line.setAttribute("aria-valuemax", String(this.spec.max));
  }
}
