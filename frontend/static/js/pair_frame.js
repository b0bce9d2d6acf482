/** Show two pictures side by side, or one above the other where there is no room, both at the same size. */

import { fittedSize, loadPicture, within } from "./picture.js";
import { isFromRight, say } from "./words.js";

/** @typedef {import("./types.js").ImageFacts} ImageFacts */
/** @typedef {import("./types.js").PairItem} PairItem */
/** @typedef {{width: number, height: number}} Size */

const SIDES = /** @type {const} */ (["left", "right"]);

/**
 * The sizes of two pictures that cover equal areas: neither gains by being larger, and none is enlarged.
 * @param {Size[]} pictures
 * @param {Size} box
 */
export function equalSizes(pictures, box) {
  const fitted = pictures.map((picture) => fittedSize(picture, box));
  const area = Math.min(...fitted.map(({ width, height }) => width * height));
  return fitted.map(({ width, height }) => {
    const scale = Math.sqrt(area / Math.max(1, width * height));
    return { width: Math.floor(width * scale), height: Math.floor(height * scale) };
  });
}

/**
 * @param {PairItem} item
 * @param {number} widthShown
 * @returns {Promise<HTMLImageElement[]>} left and right, decoded
 */
export function loadPair(item, widthShown) {
  return Promise.all(SIDES.map((side) => loadPicture(item[side], widthShown)));
}

/** The place where one pair at a time is shown. */
export class PairFrame {
  /** @type {PairItem | null} */
  #item = null;
  #caption = "";
  #isMirrored = false;

  /**
   * @param {HTMLElement} root
   * @param {number} [longestSide] in CSS pixels, where the study limits it
   */
  constructor(root, longestSide = Infinity) {
    this.root = root;
    this.longestSide = longestSide;
    root.classList.add("is-pair");
    this.sides = SIDES.map((side) => {
      const place = document.createElement("div");
      place.className = "side";
      place.dataset.side = side;
      return place;
    });
    root.replaceChildren(...this.sides);
    this.#order();
    new ResizeObserver(() => {
      this.#order();
      this.#fit();
    }).observe(root);
  }

  /** @param {PairItem} item */
  sizeFor(item) {
    return this.#sizes(item)[0];
  }

  /**
   * @param {HTMLImageElement[]} pictures already decoded, left and right
   * @param {PairItem} item
   * @param {string} caption
   */
  show(pictures, item, caption) {
    this.#caption = caption;
    this.#put(pictures, item);
    this.#name();
  }

  /**
   * Hold the places of pictures that are still on their way.
   * @param {PairItem} item
   */
  showPlaceholder(item) {
    const blurred = SIDES.map((side) => {
      const picture = new Image();
      picture.className = "placeholder";
      picture.alt = "";
      if (item[side].placeholder) picture.src = item[side].placeholder;
      return picture;
    });
    this.#put(blurred, item);
  }

  clear() {
    this.#item = null;
    for (const side of this.sides) side.replaceChildren();
  }

  /** Follow the direction of reading: where it starts on the right, the picture there comes first, as its key does. */
  #order() {
    const isMirrored = isFromRight && getComputedStyle(this.root).gridAutoFlow !== "row";
    if (isMirrored === this.#isMirrored) return;
    this.#isMirrored = isMirrored;
    this.root.append(...(isMirrored ? [...this.sides].reverse() : this.sides));
    this.#name();
  }

  /** Say which picture is the first. */
  #name() {
    this.sides.forEach((side, place) => {
      const picture = side.querySelector("img:not(.placeholder)");
      const isFirst = (place === 0) !== this.#isMirrored;
      if (picture instanceof HTMLImageElement) picture.alt = say(isFirst ? "first" : "second", { caption: this.#caption });
    });
  }

  /** @param {PairItem} item @returns {Size[]} */
  #sizes(item) {
    const [first] = this.sides;
    return equalSizes([item.left, item.right], within({ width: first.clientWidth, height: first.clientHeight }, this.longestSide));
  }

  /**
   * @param {HTMLImageElement[]} pictures
   * @param {PairItem} item
   */
  #put(pictures, item) {
    this.#item = item;
    this.sides.forEach((side, place) => side.replaceChildren(pictures[place]));
    this.#fit();
  }

  #fit() {
    if (!this.#item) return;
    const sizes = this.#sizes(this.#item);
    this.sides.forEach((side, place) => {
      const picture = side.querySelector("img");
      if (!picture) return;
      picture.style.width = `${sizes[place].width}px`;
      picture.style.height = `${sizes[place].height}px`;
    });
  }
}
