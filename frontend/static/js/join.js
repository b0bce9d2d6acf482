/** Show consent and profile one step at a time. Without this the form is one page and works as well. */

import { measuredDevice } from "./device.js";
import { say } from "./words.js";

class Steps {
  #place = 0;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.steps = [...form.querySelectorAll("[data-step]")].filter((step) => step instanceof HTMLElement);
    this.count = form.querySelector("[data-step-count]");
    this.submit = form.querySelector("[type=submit]");
    this.label = this.submit?.textContent ?? "";
    this.decline = form.querySelector("[data-decline]");
    this.refusal = this.decline?.textContent ?? "";
    this.decline?.addEventListener("click", (event) => this.#onDecline(event));
    form.addEventListener("submit", (event) => this.#onSubmit(event));
    addEventListener("popstate", (event) => this.#show(event.state?.step ?? 0));
    this.#show(0);
  }

  get #isLast() {
    return this.#place === this.steps.length - 1;
  }

  /** @param {SubmitEvent} event */
  #onSubmit(event) {
    if (!this.#isStepValid()) event.preventDefault();
    else if (!this.#isLast) {
      event.preventDefault();
      history.pushState({ step: this.#place + 1 }, "");
      this.#show(this.#place + 1);
      this.#focusHeading();
    }
  }

  /** Consent is declined by leaving; from a later step this leads one step back. @param {Event} event */
  #onDecline(event) {
    if (this.#place === 0) return;
    event.preventDefault();
    history.back();
  }

  #isStepValid() {
    const inputs = this.steps[this.#place].querySelectorAll("input, select");
    return [...inputs].every((input) => /** @type {HTMLInputElement} */ (input).reportValidity());
  }

  /** @param {number} place */
  #show(place) {
    this.#place = place;
    this.steps.forEach((step, index) => {
      step.hidden = index !== place;
    });
    if (this.submit) this.submit.textContent = this.#isLast && place > 0 ? say("save") : this.label;
    if (this.decline) this.decline.textContent = place > 0 ? say("back") : this.refusal;
    if (!(this.count instanceof HTMLElement) || this.steps.length < 2) return;
    this.count.hidden = false;
    this.count.textContent = say("step", { place: place + 1, count: this.steps.length });
  }

  #focusHeading() {
    scrollTo({ top: 0 });
    const heading = this.steps[this.#place].querySelector("h1");
    if (heading) heading.focus({ preventScroll: true });
  }
}

const device = document.querySelector("[data-device]");
if (device instanceof HTMLInputElement) device.value = JSON.stringify(measuredDevice());
const errors = document.getElementById("errors");
const form = document.querySelector("form[data-steps]");
if (errors) errors.focus();
else if (form instanceof HTMLFormElement) new Steps(form);
