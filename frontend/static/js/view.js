/** Everything the rating page shows besides the picture and the scale. */

import { byId, holdBriefly } from "./dialogs.js";
import { say, written } from "./words.js";

/** @typedef {"loading" | "rating" | "waiting" | "offline" | "paused" | "closed" | "elsewhere" | "signed-out" | "other-rater" | "finishing" | "handing-in" | "leaving" | "trouble"} ScreenName */

const UNSENT_AFTER_MS = 1_500;
const PASSING_MS = 6_000;
const EARLY_MS = 1_800;

export class View {
  #unsentTimer = 0;
  #toastTimer = 0;
  #earlyTimer = 0;
  #early = "";
  #notice = "";
  #hint = "";
  #cover = 0;

  constructor() {
    this.main = byId("main", HTMLElement);
    this.stage = byId("stage", HTMLElement);
    this.screen = byId("screen", HTMLElement);
    this.bar = byId("progress-bar", HTMLProgressElement);
    this.barText = byId("progress-text", HTMLElement);
    this.prompt = new Prompt();
    this.panel = byId("panel", HTMLElement);
    this.keep = byId("keep", HTMLButtonElement);
    this.zoom = byId("zoom", HTMLButtonElement);
    this.notice = byId("notice", HTMLElement);
    this.toast = byId("toast", HTMLElement);
    this.unsent = byId("unsent", HTMLElement);
    this.announcement = byId("announce", HTMLElement);
    this.undo = byId("undo", HTMLButtonElement);
    this.skip = byId("skip", HTMLButtonElement);
    /** @type {(action: string) => void} */
    this.onAction = () => {};
    this.isAtRisk = () => false; // whether answers that are not sent yet would go with the page
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
    this.warn();
    this.panel.inert = isCover;
    this.stage.inert = isCover;
    clearTimeout(this.#cover);
    if (isCover) this.#cover = holdBriefly(this.screen, () => this.#focusOn(this.screen));
  }

  /** Let a screen promise nothing that this browser cannot keep. */
  warn() {
    if (!this.isAtRisk()) return;
    for (const promise of this.screen.querySelectorAll("[data-kept]")) promise.textContent = say("unkept");
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

  /** @param {{undo: boolean, skip: boolean, keep?: boolean}} can keep: what was said before may stay */
  setTools({ undo, skip, keep = false }) {
    this.#setEnabled(this.undo, undo);
    this.#setEnabled(this.skip, skip);
    this.#setEnabled(this.zoom, skip || keep);
    if (!keep && document.activeElement === this.keep) this.stage.focus({ preventScroll: true });
    this.keep.hidden = !keep;
    this.skip.hidden = keep;
  }

  /** @param {string} text about the picture that is up; empty removes it */
  setHint(text) {
    this.#hint = text;
    this.#showNotice();
  }

  /** Say gently that a press came before the picture could be seen, and was let go. */
  hintEarly() {
    this.panel.classList.remove("is-early");
    requestAnimationFrame(() => this.panel.classList.add("is-early"));
    clearTimeout(this.#earlyTimer);
    this.#early = say("early");
    this.#showNotice();
    this.#earlyTimer = setTimeout(() => {
      this.#early = "";
      this.#showNotice();
    }, EARLY_MS);
  }

  /** @param {string} colour around the pictures, whatever the rater's theme */
  setSurround(colour) {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    const isBright = 0.299 * red + 0.587 * green + 0.114 * blue > 110;
    this.stage.style.setProperty("--surround", colour);
    this.stage.style.setProperty("--on-surround", isBright ? "#0b0b0b" : "#f2f2f2");
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
    this.#notice = text;
    this.#showNotice();
  }

  #showNotice() {
    this.#tell(this.notice, this.#early || this.#hint || this.#notice);
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

/** The text from which a picture was made: a few lines below it, and all of it on request. */
class Prompt {
  constructor() {
    this.box = byId("prompt", HTMLElement);
    this.text = byId("prompt-text", HTMLElement);
    this.more = byId("prompt-more", HTMLButtonElement);
    this.more.addEventListener("click", () => this.toggle());
    new ResizeObserver(() => this.#measure()).observe(this.text);
  }

  /** @param {{prompt?: string, prompt_language?: string} | undefined} of undefined when the study shows no prompts */
  show(of) {
    const { prompt = "", prompt_language = "" } = of ?? {};
    this.box.hidden = !of;
    this.text.lang = prompt_language;
    if (this.text.textContent === prompt) return;
    this.text.textContent = prompt;
    this.#open(false);
    this.text.scrollTop = 0;
  }

  /** Show all of it, or the first lines again; nothing where all is to be seen. */
  toggle() {
    if (!this.more.hidden) this.#open(!this.isOpen);
  }

  get isOpen() {
    return this.box.classList.contains("is-open");
  }

  /** @param {boolean} isOpen */
  #open(isOpen) {
    this.box.classList.toggle("is-open", isOpen);
    this.more.setAttribute("aria-expanded", String(isOpen));
    this.more.textContent = say(isOpen ? "less" : "more");
    this.#measure();
  }

  /** Offer all of the text where some of it is cut off. */
  #measure() {
    if (!this.isOpen) this.more.hidden = this.text.scrollHeight <= this.text.clientHeight + 1;
    this.text.tabIndex = this.isOpen && this.text.scrollHeight > this.text.clientHeight ? 0 : -1;
  }
}
