/** What there is to say once the rater knows which picture was made for them. */

import { say } from "./words.js";

/** @typedef {import("./made_api.js").MadeRun} MadeRun */

/**
 * @param {MadeRun} run
 * @returns {string} nothing while it stays open which is which
 */
export function verdict({ pictures }) {
  const yours = pictures.find((picture) => picture.is_yours === true);
  const other = pictures.find((picture) => picture.is_yours === false);
  if (!yours || !other || yours.value === null || other.value === null) return "";
  if (yours.value > other.value) return say("yours_better");
  if (yours.value < other.value) return say("other_better");
  return say("alike");
}

/**
 * @param {MadeRun} run
 * @returns {string} what to do, or nothing once it is done
 */
export function invitation({ pictures }) {
  const isTold = pictures.some((picture) => picture.is_yours !== null);
  if (!pictures.length || isTold) return "";
  return say(pictures.length > 1 ? "two_here" : "one_here");
}
