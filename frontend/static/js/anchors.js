/** The words under a scale, each below its value, the outer ones flush with the ends. */

import { anchors } from "./values.js";

/**
 * @param {import("./types.js").ScaleSpec} spec
 * @param {(value: number) => number} shareOf where a value lies, from 0 at the left end to 1 at the right
 */
export function buildAnchors(spec, shareOf) {
  const row = document.createElement("div");
  row.className = "anchors";
  row.setAttribute("aria-hidden", "true");
  const words = anchors(spec);
  words.forEach(({ value, text }, place) => {
    const anchor = document.createElement("span");
    const word = document.createElement("bdi"); // may read the other way; the place of its anchor goes by the page
    word.textContent = text;
    anchor.append(word);
    anchor.style.maxWidth = `${100 / words.length}%`;
    if (place > 0 && place < words.length - 1) anchor.style.insetInlineStart = `${100 * shareOf(value)}%`;
    row.append(anchor);
  });
  return row;
}
