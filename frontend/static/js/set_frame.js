/** Show three to five pictures at once, all at one size, in as many columns as make them largest. */

import { equalSizes } from "./pair_frame.js";
import { loadPicture, within } from "./picture.js";
import { say, written } from "./words.js";

/** @typedef {import("./types.js").ImageFacts} ImageFacts */
/** @typedef {import("./types.js").SetItem} SetItem */
/** @typedef {{width: number, height: number}} Size */

const GAP_PX = 8;

/**
 * The number of columns in which the pictures cover the largest area.
 * @param {ImageFacts[]} images
 * @param {Size} box
 */
function bestColumns(images, box) {
  let best = { columns: 1, area: 0 };
  for (let columns = 1; columns <= images.length; columns += 1) {
    const [{ width, height }] = equalSizes(images, cellOf(images.length, columns, box));
    if (width * height > best.area) best = { columns, area: width * height };
  }
  return best.columns;
}

/**
 * @param {number} count
 * @param {number} columns
 * @param {Size} box
 * @returns {Size} of the place of one picture
 */
function cellOf(count, columns, box) {
  const rows = Math.ceil(count / columns);
  const share = (/** @type {number} */ length, /** @type {number} */ parts) => Math.max(1, (length - GAP_PX * (parts - 1)) / parts);
  return { width: share(box.width, columns), height: share(box.height, rows) };
}

/**
 * @param {SetItem} item
 * @param {number} widthShown
 * @returns {Promise<HTMLImageElement[]>} in the order to be shown, decoded
 */
export function loadSet(item, widthShown) {
  return Promise.all(item.images.map((facts) => loadPicture(facts, widthShown)));
}

/** The place where one set at a time is shown. */
export class SetFrame {
  /** @type {SetItem | null} */
  #item = null;
  /** @type {HTMLElement[]} */
  #places = [];

  /**
   * @param {HTMLElement} root
   * @param {(count: number) => void} onCount gets how many pictures are up before they are shown
   * @param {number} [longestSide] in CSS pixels, where the study limits it
   */
  constructor(root, onCount, longestSide = Infinity) {
    this.root = root;
    this.onCount = onCount;
    this.longestSide = longestSide;
    root.classList.add("is-set");
    new ResizeObserver(() => this.#fit()).observe(root);
  }

  /** @param {SetItem} item */
  sizeFor(item) {
    return this.#layOut(item).sizes[0];
  }

  /**
   * @param {SetItem} item
   * @returns {{columns: number, sizes: Size[]}}
   */
  #layOut({ images }) {
    const box = { width: this.root.clientWidth, height: this.root.clientHeight };
    const columns = bestColumns(images, box);
    return { columns, sizes: equalSizes(images, within(cellOf(images.length, columns, box), this.longestSide)) };
  }

  /**
   * @param {HTMLImageElement[]} pictures already decoded
   * @param {SetItem} item
   * @param {string} caption
   */
  show(pictures, item, caption) {
    pictures.forEach((picture, place) => {
      picture.alt = `${caption}, ${say("picture", { place: place + 1 })}`;
    });
    this.#put(pictures, item);
  }

  /**
   * Hold the places of pictures that are still on their way.
   * @param {SetItem} item
   */
  showPlaceholder(item) {
    const blurred = item.images.map((facts) => {
      const picture = new Image();
      picture.className = "placeholder";
      picture.alt = "";
      if (facts.placeholder) picture.src = facts.placeholder;
      return picture;
    });
    this.#put(blurred, item);
  }

  clear() {
    this.#item = null;
    this.#places = [];
    this.root.replaceChildren();
  }

  /**
   * @param {HTMLImageElement[]} pictures
   * @param {SetItem} item
   */
  #put(pictures, item) {
    this.#item = item;
    this.#places = pictures.map((picture, place) => {
      const holder = document.createElement("div");
      holder.className = "place";
      holder.dataset.place = String(place);
      const mark = document.createElement("span");
      mark.className = "place-mark";
      mark.setAttribute("aria-hidden", "true");
      mark.textContent = written(place + 1);
      holder.append(picture, mark);
      return holder;
    });
    this.root.replaceChildren(...this.#places);
    this.onCount(pictures.length);
    this.#fit();
  }

  #fit() {
    if (!this.#item) return;
    const { columns, sizes } = this.#layOut(this.#item);
    this.root.style.setProperty("--columns", String(columns));
    this.#places.forEach((holder, place) => {
      holder.style.width = `${sizes[place].width}px`;
      holder.style.height = `${sizes[place].height}px`;
    });
  }
}
