/** The text from which a picture was made: a few lines below it, and all of it on request. */

import { byId } from "./dialogs.js";
import { say } from "./words.js";

export class Prompt {
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
