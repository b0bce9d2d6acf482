/** Everything the rating page shows besides the picture and the scale. */

import { byId } from "./dialogs.js";
import { say, written } from "./words.js";

/** @typedef {"loading" | "rating" | "waiting" | "offline" | "paused" | "closed" | "elsewhere" | "signed-out" | "other-rater" | "finishing" | "handing-in" | "leaving" | "trouble"} ScreenName */

const UNSENT_AFTER_MS = 1_500;
const PASSING_MS = 6_000;

export class View {
  #unsentTimer = 0;
  #toastTimer = 0;

  constructor() {
    this.main = byId("main", HTMLElement);
    this.stage = byId("stage", HTMLElement);
    this.screen = byId("screen", HTMLElement);
    this.bar = byId("progress-bar", HTMLProgressElement);
    this.barText = byId("progress-text", HTMLElement);
    this.prompt = byId("prompt", HTMLElement);
    this.notice = byId("notice", HTMLElement);
    this.toast = byId("toast", HTMLElement);
    this.unsent = byId("unsent", HTMLElement);
    this.announcement = byId("announce", HTMLElement);
    this.undo = byId("undo", HTMLButtonElement);
    this.skip = byId("skip", HTMLButtonElement);
    /** @type {(action: string) => void} */
    this.onAction = () => {};
    this.screen.addEventListener("click", (event) => this.#onClick(event));
  }

  /** @returns {ScreenName} */
  get shown() {
    return /** @type {ScreenName} */ (this.main.dataset.screen);
  }

  /** @param {ScreenName} name */
  show(name) {
    if (this.shown === name) return;
    this.main.dataset.screen = name;
    const template = document.getElementById(`screen-${name}`);
    const isCover = template instanceof HTMLTemplateElement;
    this.screen.hidden = !isCover;
    this.screen.replaceChildren(...(isCover ? [template.content.cloneNode(true)] : []));
    byId("panel", HTMLElement).inert = isCover;
    this.stage.inert = isCover;
    if (isCover) this.#focusOn(this.screen);
  }

  /**
   * @param {{done: number, quota: number}} progress
   * @param {boolean} isPractice
   */
  setProgress({ done, quota }, isPractice) {
    this.bar.max = Math.max(1, quota);
    this.bar.value = done;
    this.barText.textContent = isPractice ? say("practice") : say("progress", { done, quota });
  }

  /** @param {string} text */
  announce(text) {
    this.announcement.textContent = text;
  }

  /** @param {string | undefined} text undefined when the study shows no prompts */
  setPrompt(text) {
    this.prompt.hidden = text === undefined;
    this.prompt.textContent = text ?? "";
  }

  /** @param {{undo: boolean, skip: boolean}} can */
  setTools(can) {
    this.#setEnabled(this.undo, can.undo);
    this.#setEnabled(this.skip, can.skip);
  }

  /** Keep focus off the scale's buttons, so that none is preset for the next picture. */
  focusStage() {
    if (document.activeElement === document.body) this.stage.focus({ preventScroll: true });
  }

  /**
   * Show how many ratings are still here, but not for the blink that sending usually takes.
   * @param {number} count
   */
  setUnsent(count) {
    byId("unsent-count", HTMLElement).textContent = written(count);
    if (count === 0) {
      clearTimeout(this.#unsentTimer);
      this.#unsentTimer = 0;
      this.unsent.hidden = true;
    } else if (!this.#unsentTimer) {
      this.#unsentTimer = setTimeout(() => {
        this.unsent.hidden = false;
      }, UNSENT_AFTER_MS);
    }
  }

  /** @param {string} text a notice that stays until it is replaced; empty removes it */
  setNotice(text) {
    this.#tell(this.notice, text);
  }

  /** @param {string} text a notice that goes by itself */
  flashNotice(text) {
    clearTimeout(this.#toastTimer);
    this.#tell(this.toast, text);
    this.#toastTimer = setTimeout(() => this.#tell(this.toast, ""), PASSING_MS);
  }

  /**
   * @param {HTMLElement} place
   * @param {string} text
   */
  #tell(place, text) {
    place.hidden = text === "";
    if (place.textContent === text) return;
    place.textContent = text;
    this.announce(text);
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {boolean} isOn
   */
  #setEnabled(button, isOn) {
    if (!isOn && document.activeElement === button) this.stage.focus({ preventScroll: true });
    button.disabled = !isOn;
  }

  /** @param {HTMLElement} screen */
  #focusOn(screen) {
    const first = screen.querySelector("button, a");
    if (first instanceof HTMLElement) first.focus({ preventScroll: true });
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    if (button) this.onAction(button.getAttribute("data-action") ?? "");
  }
}
