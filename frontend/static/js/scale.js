/** Load the scale that a study has, and not the other one. */

/** @typedef {import("./types.js").BuildScale} BuildScale */

/**
 * @param {import("./types.js").ScaleSpec["kind"]} kind
 * @returns {Promise<BuildScale>}
 */
export async function loadScale(kind) {
  if (kind === "slider") {
    const { SliderScale } = await import("./slider.js");
    return (root, spec, onRate) => new SliderScale(root, spec, onRate);
  }
  const { LikertScale } = await import("./likert.js");
  return (root, spec, onRate) => new LikertScale(root, spec, onRate);
}
