/** What both scales share: the values, how they are spoken, which digit means which. */

import { LikertScale } from "./likert.js";
import { SliderScale } from "./slider.js";

/** @typedef {import("./types.js").ScaleSpec} ScaleSpec */
/** @typedef {import("./types.js").Scale} Scale */

/**
 * @param {HTMLElement} root
 * @param {ScaleSpec} spec
 * @param {(value: number, time: number) => void} onRate
 * @returns {Scale}
 */
export function buildScale(root, spec, onRate) {
  return spec.kind === "slider" ? new SliderScale(root, spec, onRate) : new LikertScale(root, spec, onRate);
}
