/** What a rater sees and answers with, by the design of the study: where pictures are shown, and with what to answer. */

import { BestWorstChoice } from "./best_worst.js";
import { PairChoice } from "./pair_choice.js";
import { PairFrame, loadPair } from "./pair_frame.js";
import { Frame, loadPicture, writtenCheck } from "./picture.js";
import { buildScale } from "./scale.js";
import { SetFrame, loadSet } from "./set_frame.js";
import { SeveralScales } from "./several_scales.js";

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./types.js").Said} Said */
/** @typedef {import("./types.js").Scale} Scale */

/**
 * @typedef {object} Places
 * @property {HTMLElement} root where pictures are shown
 * @property {HTMLElement} panel where the answer is given
 *
 * @typedef {object} Stage
 * @property {Frame | PairFrame | SetFrame} frame
 * @property {Scale} scale
 * @property {(item: any) => Promise<any>} load the pictures of an item, decoded
 *
 * @typedef {(places: Places, config: Config, onAnswer: (said: Said, time: number) => void) => Stage} BuildStage
 */

/** @param {HTMLElement} root */
function onePicture(root) {
  const frame = new Frame(root);
  const load = (/** @type {any} */ item) => (item.image.alt ? writtenCheck(item.image.alt) : loadPicture(item.image, frame.sizeFor(item).width));
  return { frame, load };
}

/** @type {Record<Config["design"], BuildStage>} */
const STAGES = {
  rating: ({ root, panel }, config, onAnswer) => ({
    ...onePicture(root),
    scale: buildScale(panel, config.scale, onAnswer),
  }),
  scales: ({ root, panel }, config, onAnswer) => ({
    ...onePicture(root),
    scale: new SeveralScales(panel, config.scale, config.scales, onAnswer),
  }),
  pairwise: ({ root, panel }, config, onAnswer) => {
    const frame = new PairFrame(root);
    const scale = new PairChoice({ root: panel, frame: root, tiesAllowed: config.ties_allowed, onChoose: onAnswer });
    return { frame, scale, load: (item) => loadPair(item, frame.sizeFor(item).width) };
  },
  "best-worst": ({ root, panel }, _config, onAnswer) => {
    const scale = new BestWorstChoice({ root: panel, frame: root, onChoose: onAnswer });
    const frame = new SetFrame(root, (count) => scale.offer(count));
    return { frame, scale, load: (item) => loadSet(item, frame.sizeFor(item).width) };
  },
};

/** @type {BuildStage} */
export function buildStage(places, config, onAnswer) {
  return STAGES[config.design](places, config, onAnswer);
}
