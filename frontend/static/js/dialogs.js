/** Ask the rater something with a native dialog, and answer with the button's value. */

import { say } from "./words.js";

const HASTE_MS = 400;

/**
 * Keep an element that has just appeared from being pressed: so soon, a press was meant for what was there before.
 * @param {HTMLElement} element
 * @param {() => void} [onReady]
 */
export function holdBriefly(element, onReady) {
  element.inert = true;
  return setTimeout(() => {
    element.inert = false;
    onReady?.();
  }, HASTE_MS);
}

/**
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`#${id} is missing from the page`);
  return element;
}

/**
 * @param {string} id
 * @returns {Promise<string>} the pressed button's value; empty when dismissed
 */
async function ask(id) {
  const dialog = byId(id, HTMLDialogElement);
  if (dialog.open) return "";
  dialog.returnValue = "";
  const form = dialog.querySelector("form");
  if (form) holdBriefly(form); // before it opens, so that the focus comes to the dialog itself
  dialog.showModal();
  dialog.scrollTop = 0;
  const keepOpen = (/** @type {Event} */ event) => form?.inert && event.preventDefault();
  dialog.addEventListener("cancel", keepOpen);
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  dialog.removeEventListener("cancel", keepOpen);
  return dialog.returnValue;
}

/** @returns {Promise<string>} the reason, or empty when the rater changed their mind */
export function askSkipReason() {
  return ask("skip-dialog");
}

async function announcePractice() {
  await ask("practice-dialog");
}

async function announceCounted() {
  await ask("counted-dialog");
}

export async function showHelp() {
  await ask("help-dialog");
}

/**
 * @param {{done: number, quota: number}} progress
 * @returns {Promise<boolean>} whether the rater goes on
 */
export async function offerBreak({ done, quota }) {
  byId("break-text", HTMLElement).textContent = say("break", { done, quota });
  const ring = byId("break-ring", SVGElement);
  const answer = ask("break-dialog");
  requestAnimationFrame(() => {
    ring.style.strokeDasharray = `${(100 * done) / Math.max(1, quota)} 100`;
  });
  return (await answer) !== "stop";
}

/** Announce practice before its first picture, and the end of practice before the first picture that counts. */
export class Phases {
  /** @type {"none" | "practice" | "counted"} */
  #announced = "none";

  /**
   * @param {boolean} isPractice whether the next picture is for practice
   * @returns {(() => Promise<void>) | null} what is to be announced before it
   */
  before(isPractice) {
    if (isPractice) {
      if (this.#announced !== "none") return null;
      this.#announced = "practice";
      return announcePractice;
    }
    const wasPractice = this.#announced === "practice";
    this.#announced = "counted";
    return wasPractice ? announceCounted : null;
  }
}
