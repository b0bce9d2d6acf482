/** Load pictures ahead, decoded, and lay them out in one box without ever enlarging them. */

import { dropKept } from "./shelf.js";
import { say } from "./words.js";

/** @typedef {import("./types.js").ImageFacts} ImageFacts */

const RETRIES_MS = [500, 2_000, 6_000];

/**
 * The size a picture is shown at: as large as the box allows, never larger than the picture.
 * @param {{width: number, height: number}} picture
 * @param {{width: number, height: number}} box
 */
export function fittedSize(picture, box) {
  const scale = Math.min(1, box.width / picture.width, box.height / picture.height);
  return { width: Math.floor(picture.width * scale), height: Math.floor(picture.height * scale) };
}

/**
 * A box that is no longer than a study allows.
 * @param {{width: number, height: number}} box
 * @param {number} longestSide
 */
export function within({ width, height }, longestSide) {
  return { width: Math.min(width, longestSide), height: Math.min(height, longestSide) };
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * @param {ImageFacts} facts
 * @param {number} widthShown for the choice among srcset's renditions
 */
async function fetchPicture(facts, widthShown) {
  const picture = new Image(facts.width, facts.height);
  picture.decoding = "sync";
  picture.draggable = false;
  if (facts.srcset) {
    picture.sizes = `${widthShown}px`;
    picture.srcset = facts.srcset;
  }
  picture.src = facts.url;
  await picture.decode();
  return picture;
}

/** @param {ImageFacts} facts @returns {string[]} */
function addressesOf({ url, srcset = "" }) {
  return [url, ...srcset.split(",").map((candidate) => candidate.trim().split(" ")[0])].filter(Boolean);
}

/**
 * Fetch and decode a picture, trying again a few times; what is kept of one that cannot be shown is no picture.
 * @param {ImageFacts} facts
 * @param {number} widthShown
 * @returns {Promise<HTMLImageElement>}
 */
export async function loadPicture(facts, widthShown) {
  for (const wait of RETRIES_MS) {
    try {
      return await fetchPicture(facts, widthShown);
    } catch {
      if (navigator.onLine) await Promise.all(addressesOf(facts).map(dropKept));
      await pause(wait);
    }
  }
  return fetchPicture(facts, widthShown);
}

/**
 * An attention check: its sentence stands in the place of a picture, so that every language and reader can read it.
 * @param {string} sentence
 * @returns {Promise<HTMLElement>}
 */
export function writtenCheck(sentence) {
  const card = document.createElement("div");
  card.className = "check";
  for (const [className, text] of [["check-kind", say("check")], ["check-sentence", sentence]]) {
    const line = document.createElement("p");
    line.className = className;
    line.dir = "auto";
    line.textContent = text;
    card.append(line);
  }
  return Promise.resolve(card);
}

/** @typedef {import("./types.js").Item} Item */

/** The place where one picture at a time is shown. */
export class Frame {
  /** @type {ImageFacts | null} */
  #facts = null;

  /**
   * @param {HTMLElement} root
   * @param {number} [longestSide] in CSS pixels, where the study limits it
   */
  constructor(root, longestSide = Infinity) {
    this.root = root;
    this.longestSide = longestSide;
    new ResizeObserver(() => this.#fit()).observe(root);
  }

  /** @param {Item} item */
  sizeFor(item) {
    return this.#sizeFor(item.image);
  }

  /** @param {ImageFacts} facts */
  #sizeFor(facts) {
    return fittedSize(facts, within({ width: this.root.clientWidth, height: this.root.clientHeight }, this.longestSide));
  }

  /**
   * @param {HTMLElement} picture already decoded, or the card of an attention check
   * @param {Item} item
   * @param {string} alt
   */
  show(picture, item, alt) {
    if (picture instanceof HTMLImageElement) picture.alt = alt;
    this.#put(picture, item.image);
  }

  /**
   * Hold the place of a picture that is still on its way.
   * @param {Item} item
   */
  showPlaceholder({ image }) {
    const blurred = new Image();
    blurred.className = "placeholder";
    blurred.alt = "";
    if (image.placeholder) blurred.src = image.placeholder;
    this.#put(blurred, image);
  }

  clear() {
    this.#facts = null;
    this.root.replaceChildren();
  }

  /**
   * @param {HTMLElement} picture
   * @param {ImageFacts} facts
   */
  #put(picture, facts) {
    this.#facts = facts;
    this.root.replaceChildren(picture);
    this.#fit();
  }

  #fit() {
    const picture = this.root.querySelector("img");
    if (!picture || !this.#facts) return;
    const size = this.#sizeFor(this.#facts);
    picture.style.width = `${size.width}px`;
    picture.style.height = `${size.height}px`;
  }
}
