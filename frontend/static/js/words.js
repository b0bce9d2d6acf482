/** What the scripts say: words from the page, in its language, with numbers as that language writes them. */

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./queue.js").Prepared} Prepared */

/**
 * @typedef {object} Words
 * @property {Record<string, string>} texts
 * @property {Record<string, [string[], string]>} counted each sentence once, and which one follows 0, 1, 2 … 199
 */

const PERIOD = 100; // of the plural rules: from here on the last two digits say what follows

/** Whether the page runs from right to left. */
export const isFromRight = document.documentElement.dir === "rtl";

const numbers = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 6, numberingSystem: "latn", useGrouping: false });
/** @type {Words} */
const words = JSON.parse(document.getElementById("words")?.textContent ?? '{"texts": {}, "counted": {}}');

/** @param {number} number */
export function written(number) {
  return numbers.format(number);
}

/**
 * @param {string} sentence
 * @param {Record<string, string | number>} parts
 */
function filled(sentence, parts) {
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name) => {
    const part = parts[name];
    return typeof part === "number" ? written(part) : (part ?? whole);
  });
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} [parts] what stands in the places of the sentence
 */
export function say(name, parts = {}) {
  const sentence = words.texts[name];
  if (sentence === undefined) throw new Error(`the page has no words called ${name}`);
  return filled(sentence, parts);
}

/**
 * A sentence that follows a number.
 * @param {string} name
 * @param {number} count
 */
export function sayCounted(name, count) {
  const [forms, places] = words.counted[name];
  const place = places[count < PERIOD ? count : PERIOD + (count % PERIOD)];
  return filled(forms[Number(place)], { count });
}

/**
 * What is said of the picture or pair on the stage: its place, and what is written in it.
 * @param {Prepared} prepared
 * @param {Config} config
 * @param {{done: number, quota: number}} progress
 */
export function captionOf({ item: { practice, image } }, { words: { place_of } }, { done, quota }) {
  const place = practice ? say("practice_place") : filled(place_of, { place: done + 1, quota });
  return image?.alt ? say("says", { place, sentence: image.alt }) : place;
}
