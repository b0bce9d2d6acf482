/** Copy a code or link with one press; the buttons appear only where that works. */

import { say } from "./words.js";

const DONE_MS = 2_000;

/** @param {Element} source */
function textOf(source) {
  return source instanceof HTMLInputElement ? source.value : (source.textContent ?? "").trim();
}

/** @param {string} text @returns {Promise<boolean>} whether the browser let us */
function copied(text) {
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}

/** Leave the last press to the rater. @param {Element} source */
function select(source) {
  getSelection()?.selectAllChildren(source);
  if (source instanceof HTMLInputElement) source.select();
}

/** @param {HTMLButtonElement} button */
function bind(button) {
  const source = document.getElementById(button.dataset.copy ?? "");
  if (!source) return;
  const label = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    if (!(await copied(textOf(source)))) return select(source);
    button.textContent = say("copied");
    setTimeout(() => {
      button.textContent = label;
    }, DONE_MS);
  });
}

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) bind(/** @type {HTMLButtonElement} */ (button));
}
