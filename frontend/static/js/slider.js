/** A line to slide along: no handle before the first touch; letting go after a slide, the button or Enter rates. */

import { buildAnchors } from "./anchors.js";
import { sayEarly } from "./clock.js";
import { Typing, typedTexts } from "./typing.js";
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

/** A tap on the line only puts the handle there: this button says that it may stay. */
function buildSend() {
  const send = document.createElement("button");
  send.type = "button";
  send.className = "slider-send";
  send.textContent = say("set");
  return send;
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
    this.send = buildSend();
    this.send.addEventListener("click", (event) => this.commit(event.timeStamp));
    this.typing = new Typing(
      typedTexts(scaleValues(spec)),
      (value, text) => this.#showTyped(value, text),
      (value, time) => {
        this.#set(value);
        this.commit(time);
      },
    );
    const row = part("slider-row");
    const held = part("slider-line");
    held.append(this.line, buildAnchors(spec, (value) => this.#share(value)));
    row.append(held, this.send);
    root.replaceChildren(row);
    this.enable(false);
    this.reset();
  }

  /** @param {boolean} on */
  enable(on) {
    this.#enabled = on;
    this.line.setAttribute("aria-disabled", String(!on));
    this.#showSend();
  }

  reset() {
    this.#value = null;
    this.typing.clear();
    this.#showSend();
    this.line.classList.remove("is-touched");
    this.line.setAttribute("aria-valuenow", String(this.#middle));
    this.line.setAttribute("aria-valuetext", say("not_set"));
  }

  /**
   * @param {string} key
   * @param {number} time
   */
  press(key, time) {
    if (key === "Enter" && this.typing.finish()) return true;
    if (key === "Enter" && this.#value !== null) {
      this.commit(time);
      return true;
    }
    const next = this.#afterKey(key);
    if (next === null) return false;
    if (this.#enabled) this.#set(next);
    else sayEarly(this.line);
    return true;
  }

  /** @param {string} character */
  takes(character) {
    return this.typing.takes(character);
  }

  takeBack() {
    const isTyped = this.typing.takeBack();
    if (isTyped) this.reset();
    return isTyped;
  }

  /** @param {string} key */
  isMovedBy(key) {
    return this.#afterKey(key) !== null;
  }

  /**
   * @param {string} key
   * @param {number} time
   */
  shortcut(key, time) {
    if (!/^[-.0-9]$/.test(key)) return false;
    if (this.#enabled) return this.typing.add(key, time);
    sayEarly(this.line);
    return true;
  }

  get axis() {
    return /** @type {const} */ ("x");
  }

  /** @param {import("./types.js").Point} point */
  aimAt(point) {
    if (!this.#enabled) return sayEarly(this.line);
    this.#set(valueAt(this.spec, shareAcross(this.line.getBoundingClientRect(), point)));
  }

  /** @param {number} time */
  commit(time) {
    if (this.#value !== null && this.#enabled) this.onRate(this.#value, time);
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
    this.#showSend();
    this.line.classList.add("is-touched");
    this.thumb.style.insetInlineStart = `${100 * this.#share(this.#value)}%`;
    this.line.setAttribute("aria-valuenow", String(this.#value));
    this.line.setAttribute("aria-valuetext", this.spec.labels[String(this.#value)] ?? written(this.#value));
  }

  /**
   * Show what is typed so far where it will be sent from.
   * @param {number | null} value
   * @param {string} text
   */
  #showTyped(value, text) {
    if (value !== null) this.#set(value);
    this.send.textContent = text || say("set");
  }

  #showSend() {
    this.send.setAttribute("aria-disabled", String(!this.#enabled || this.#value === null));
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
