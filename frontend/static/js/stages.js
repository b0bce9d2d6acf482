/** What a rater sees and answers with, by the design of the study: where pictures are shown, and with what to answer. */

import { Frame, loadPicture, writtenCheck } from "./picture.js";

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./types.js").Said} Said */
/** @typedef {import("./types.js").Scale} Scale */

/**
 * @typedef {object} Places
 * @property {HTMLElement} root where pictures are shown
 * @property {HTMLElement} panel where the answer is given
 *
 * @typedef {object} Stage
 * @property {Frame | import("./pair_frame.js").PairFrame | import("./set_frame.js").SetFrame} frame
 * @property {Scale} scale
 * @property {(item: any) => Promise<any>} load the pictures of an item, decoded
 *
 * @typedef {(places: Places, config: Config, onAnswer: (said: Said, time: number) => void) => Promise<Stage>} BuildStage
 */

/** @param {Config} config */
function longestSide(config) {
  return config.longest_side ?? Infinity;
}

/**
 * @param {HTMLElement} root
 * @param {Config} config
 */
function onePicture(root, config) {
  const frame = new Frame(root, longestSide(config));
  const load = (/** @type {any} */ item) => (item.image.alt ? writtenCheck(item.image.alt) : loadPicture(item.image, frame.sizeFor(item).width));
  return { frame, load };
}

/** @type {Record<string, BuildStage>} each loads only what its design needs */
const STAGES = {
  rating: async ({ root, panel }, config, onAnswer) => {
    const { loadScale } = await import("./scale.js");
    const build = await loadScale(config.scale.kind);
    return { ...onePicture(root, config), scale: build(panel, config.scale, onAnswer) };
  },
  scales: async ({ root, panel }, config, onAnswer) => {
    const [{ SeveralScales }, { loadScale }] = await Promise.all([import("./several_scales.js"), import("./scale.js")]);
    const build = await loadScale(config.scale.kind);
    const scale = new SeveralScales({ panel, spec: config.scale, scales: config.settings.scales ?? [], build, onAnswer });
    return { ...onePicture(root, config), scale };
  },
  pairwise: async ({ root, panel }, config, onAnswer) => {
    const [{ PairFrame, loadPair }, { PairChoice }] = await Promise.all([
      import("./pair_frame.js"),
      import("./pair_choice.js"),
    ]);
    const frame = new PairFrame(root, longestSide(config));
    const scale = new PairChoice({ root: panel, frame: root, tiesAllowed: config.settings.ties_allowed ?? false, onChoose: onAnswer });
    return { frame, scale, load: (item) => loadPair(item, frame.sizeFor(item).width) };
  },
  "best-worst": async ({ root, panel }, config, onAnswer) => {
    const [{ SetFrame, loadSet }, { BestWorstChoice }] = await Promise.all([
      import("./set_frame.js"),
      import("./best_worst.js"),
    ]);
    const scale = new BestWorstChoice({ root: panel, frame: root, onChoose: onAnswer });
    const frame = new SetFrame(root, (count) => scale.offer(count), longestSide(config));
    return { frame, scale, load: (item) => loadSet(item, frame.sizeFor(item).width) };
  },
};

/** @type {BuildStage} */
export function buildStage(places, config, onAnswer) {
  return STAGES[config.design](places, config, onAnswer);
}
