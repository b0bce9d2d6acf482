// Writes negative numbers on the axes and labels of plots with a minus, as tables and sentences do.

/** @typedef {(...values: any[]) => string | string[]} Write */

const MINUS = "\u2212";

/**
 * Puts a minus in place of the hyphen before a number.
 * @param {string} words
 */
function withMinus(words) {
  return words.replace(/(?<![\w.])-(?=\d)/g, MINUS);
}

/**
 * Lets a function of the charts write with a minus.
 * @param {Write} write
 * @returns {Write}
 */
function corrected(write) {
  /** @this {any} the chart's own, which some of its functions look at */
  return function (...values) {
    const found = write.apply(this, values);
    return typeof found === "string" ? withMinus(found) : found;
  };
}

const { defaults } = /** @type {any} */ (window).Chart;
const { ticks } = defaults.scales.linear;
ticks.callback = corrected(ticks.callback);
const { callbacks } = defaults.plugins.tooltip;
callbacks.label = corrected(callbacks.label);
