/** The arithmetic of a scale: its values, its anchors, the digits that stand for them. */

import { isFromRight } from "./words.js";

/** @typedef {import("./types.js").ScaleSpec} ScaleSpec */

/** @param {ScaleSpec} spec */
export function scaleValues({ min, max, step }) {
  const count = Math.round((max - min) / step);
  return Array.from({ length: count + 1 }, (_, index) => rounded(min + index * step));
}

/**
 * The nearest value on the scale.
 * @param {ScaleSpec} spec
 * @param {number} share from 0 at the left end to 1 at the right
 */
export function valueAt({ min, max, step }, share) {
  const steps = Math.round((clamped(share, 0, 1) * (max - min)) / step);
  return Math.min(max, rounded(min + steps * step));
}

/**
 * @param {number} number
 * @param {number} low
 * @param {number} high
 */
export function clamped(number, low, high) {
  return Math.min(high, Math.max(low, number));
}

/**
 * Where a point lies across a box, from 0 where the line of reading begins to 1 where it ends.
 * @param {DOMRect} box
 * @param {{clientX: number}} point
 */
export function shareAcross(box, { clientX }) {
  return (isFromRight ? box.right - clientX : clientX - box.left) / box.width;
}

/**
 * Anchor texts in the order of their values.
 * @param {ScaleSpec} spec
 */
export function anchors({ labels }) {
  return Object.entries(labels)
    .map(([value, text]) => ({ value: Number(value), text }))
    .sort((left, right) => left.value - right.value);
}

/** @param {number} number */
function rounded(number) {
  return Number(number.toFixed(6));
}
