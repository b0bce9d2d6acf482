/** Remember whether single-key shortcuts are on; speech input and stray keys may call for off. */

const KEY = "pamela-shortcuts";

/**
 * @param {HTMLInputElement} box
 * @returns {() => boolean}
 */
export function bindShortcutSwitch(box) {
  box.checked = localStorage.getItem(KEY) !== "off";
  box.addEventListener("change", () => localStorage.setItem(KEY, box.checked ? "on" : "off"));
  return () => box.checked;
}
