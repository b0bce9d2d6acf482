/** Several scales below one picture: each has its row, digits go to the row whose turn it is, the last value sends. */

import { anchors } from "./values.js";
import { written } from "./words.js";

/** @typedef {import("./types.js").NamedScale} NamedScale */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Scale} Scale */
/** @typedef {import("./types.js").ScaleSpec} ScaleSpec */
/** @typedef {import("./types.js").ScalesSaid} ScalesSaid */

/**
 * @typedef {object} Row
 * @property {NamedScale} named
 * @property {HTMLElement} root
 * @property {Scale} scale
 * @property {number | null} value
 */

/**
 * @param {string} className
 * @param {string} [text]
 */
function part(className, text = "") {
  const element = document.createElement("p");
  element.className = className;
  element.textContent = text;
  return element;
}

/** The words at both ends of a scale. @param {ScaleSpec} spec */
function endsOf(spec) {
  const texts = anchors(spec).map(({ text }) => text);
  return texts.length > 1 ? `${texts[0]} – ${texts.at(-1)}` : "";
}

export class SeveralScales {
  /** @type {Row | null} the row under the finger */
  #touched = null;

  /**
   * @param {object} parts
   * @param {HTMLElement} parts.panel
   * @param {ScaleSpec} parts.spec the values that all have
   * @param {NamedScale[]} parts.scales the main one first
   * @param {import("./types.js").BuildScale} parts.build each of them
   * @param {(said: ScalesSaid, time: number) => void} parts.onAnswer
   */
  constructor({ panel, spec, scales, build, onAnswer }) {
    this.build = build;
    this.onAnswer = onAnswer;
    this.rows = scales.map((named) => this.#buildRow(named, { ...spec, labels: named.labels }));
    const list = document.createElement("div");
    list.className = "scale-rows";
    list.append(...this.rows.map(({ root }) => root));
    panel.classList.add("is-several");
    panel.replaceChildren(list);
    this.enable(false);
    this.reset();
  }

  /** @param {boolean} on */
  enable(on) {
    for (const { scale } of this.rows) scale.enable(on);
  }

  reset() {
    for (const row of this.rows) {
      row.value = null;
      row.scale.reset();
      this.#mark(row);
    }
    this.#touched = null;
    this.#showTurn();
  }

  /**
   * @param {string} key
   * @param {number} time
   */
  press(key, time) {
    return this.#focused.scale.press(key, time);
  }

  /** @param {string} character */
  takes(character) {
    return this.#turn.scale.takes?.(character) ?? false;
  }

  /** Take back what is half typed, or the last value, before all scales have theirs. */
  takeBack() {
    const row = [...this.rows].reverse().find(({ value }) => value !== null);
    if (this.#turn.scale.takeBack()) return true;
    if (!row) return false;
    row.value = null;
    row.scale.reset();
    this.#mark(row);
    this.#showTurn();
    return true;
  }

  /** @param {string} key */
  isMovedBy(key) {
    return this.#focused.scale.isMovedBy(key);
  }

  /**
   * A key that does not go on with the number typed before finishes it, and belongs to the next row.
   * @param {string} key
   * @param {number} time
   */
  shortcut(key, time) {
    const turn = this.#turn;
    return turn.scale.shortcut(key, time) || (turn !== this.#turn && this.#turn.scale.shortcut(key, time));
  }

  get axis() {
    return (this.#touched ?? this.#turn).scale.axis;
  }

  /**
   * @param {Point} point
   * @param {Point} [start] where the finger came down: the row there is meant, on the picture the one whose turn it is
   */
  aimAt(point, start = point) {
    this.#touched = this.rows.find((row) => isOver(row.root, start)) ?? this.#turn;
    this.#touched.scale.aimAt(point, start);
  }

  /** @param {number} time */
  commit(time) {
    const row = this.#touched ?? this.#turn;
    this.#touched = null;
    row.scale.commit(time);
  }

  /** The first row without a value; the last one when all have theirs. */
  get #turn() {
    return this.rows.find(({ value }) => value === null) ?? this.rows[this.rows.length - 1];
  }

  /** The row with the focus, or the one whose turn it is. */
  get #focused() {
    return this.rows.find(({ root }) => root.contains(document.activeElement)) ?? this.#turn;
  }

  /**
   * @param {NamedScale} named
   * @param {ScaleSpec} spec
   * @returns {Row}
   */
  #buildRow(named, spec) {
    const root = document.createElement("div");
    const line = document.createElement("div");
    const holder = document.createElement("div");
    root.className = "scale-row";
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", named.label);
    line.className = "scale-line";
    line.append(part("scale-name", named.label), part("scale-ends", endsOf(spec)));
    root.append(line, holder);
    /** @type {Row} */
    const row = { named, root, value: null, scale: this.build(holder, spec, (value, time) => this.#take(row, value, time)) };
    return row;
  }

  /**
   * @param {Row} row
   * @param {number} value
   * @param {number} time
   */
  #take(row, value, time) {
    row.value = value;
    this.#mark(row);
    const [main, ...others] = this.rows;
    if (this.rows.some((each) => each.value === null)) return this.#showTurn();
    this.onAnswer({ value: Number(main.value), scales: Object.fromEntries(others.map((each) => [each.named.key, Number(each.value)])) }, time);
  }

  /** Let a row of buttons show which one was chosen; a slider shows it by its handle. @param {Row} row */
  #mark(row) {
    row.root.classList.toggle("is-answered", row.value !== null);
    for (const key of row.root.querySelectorAll(".key")) {
      const isChosen = row.value !== null && key.querySelector("b")?.textContent === written(row.value);
      key.classList.toggle("is-chosen", isChosen);
      key.setAttribute("aria-pressed", String(isChosen));
    }
  }

  #showTurn() {
    const turn = this.#turn;
    for (const row of this.rows) row.root.classList.toggle("is-turn", row === turn && row.value === null);
  }
}

/**
 * @param {HTMLElement} element
 * @param {Point} point
 */
function isOver(element, point) {
  const box = element.getBoundingClientRect();
  return point.clientY >= box.top && point.clientY < box.bottom && point.clientX >= box.left && point.clientX <= box.right;
}
