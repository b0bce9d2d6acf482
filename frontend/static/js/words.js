/** What each design of studies calls its things. */

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./queue.js").Prepared} Prepared */

/** @type {Record<Config["design"], {item: string, answer: string, answers: string}>} */
const WORDS = {
  rating: { item: "Picture", answer: "Rating", answers: "ratings" },
  pairwise: { item: "Pair", answer: "Choice", answers: "choices" },
};

/** @param {Config} config */
export function wordsFor({ design }) {
  return WORDS[design];
}

/**
 * What is said of the picture or pair on the stage: its place, and what is written in it.
 * @param {Prepared} prepared
 * @param {Config} config
 * @param {{done: number, quota: number}} progress
 */
export function captionOf({ item: { practice, image } }, config, { done, quota }) {
  const { item } = wordsFor(config); // a pair has two pictures, and no attention checks
  const place = practice ? "Practice picture" : `${item} ${done + 1} of ${quota}`;
  return image?.alt ? `${place}. It says: ${image.alt}` : place;
}

/** @param {Prepared} prepared */
export function promptOf({ item }) {
  return item.prompt ?? item.image?.prompt ?? "";
}
