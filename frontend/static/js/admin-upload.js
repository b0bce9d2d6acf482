// Sends what was chosen part by part and shows how far it is; without this script the form works as a plain one.

import { PartedUpload, Refusal, Stopped, chosenFiles } from "./upload-parts.js";

const KEPT = "What has arrived is kept for a day and not sent again: press Upload to go on.";

/** @typedef {import("./upload-parts.js").Progress} Progress */

/**
 * @param {number} bytes
 * @returns {string}
 */
function size(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * @param {number} number
 * @returns {string}
 */
function count(number) {
  return number.toLocaleString("en");
}

/**
 * Gives what is chosen in the form.
 * @param {HTMLFormElement} form
 */
function chosenIn(form) {
  const inputs = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[type=file]"));
  return chosenFiles([...inputs].map((input) => [input.name, /** @type {FileList} */ (input.files)]));
}

/**
 * Says how many files are chosen.
 * @param {HTMLFormElement} form
 */
function describe(form) {
  const chosen = chosenIn(form);
  const total = chosen.reduce((sum, { file }) => sum + file.size, 0);
  const said = chosen.length ? `${count(chosen.length)} file${chosen.length > 1 ? "s" : ""}, ${size(total)}` : "";
  /** @type {HTMLElement} */ (form.querySelector("[data-chosen]")).textContent = said;
}

/** The part of the page that shows how far the upload is. */
class Panel {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.panel = /** @type {HTMLElement} */ (form.querySelector("[data-sending]"));
    this.bar = /** @type {HTMLElement} */ (form.querySelector("[data-sent]"));
    this.text = /** @type {HTMLElement} */ (form.querySelector("[data-sending-text]"));
    this.start = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
    this.stop = /** @type {HTMLButtonElement} */ (form.querySelector("[data-stop]"));
    this.inputs = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[type=file]"));
  }

  /**
   * Lets either the choice or the sending be changed.
   * @param {boolean} isSending
   */
  lock(isSending) {
    this.panel.hidden = false;
    this.start.disabled = isSending;
    this.stop.hidden = !isSending;
    for (const input of this.inputs) input.disabled = isSending;
  }

  /** @param {Progress} progress */
  show({ files, arrived, bytes, sent, waitingMs }) {
    const share = bytes ? Math.min(1, sent / bytes) : 1;
    this.bar.style.width = `${100 * share}%`;
    const done = `${count(arrived)} of ${count(files)} files have arrived`;
    if (waitingMs) this.say(`The connection broke; trying again in ${Math.round(waitingMs / 1000)} s. ${done}.`);
    else if (arrived === files) this.say(`${done}; handing them over…`);
    else this.say(`${done}, ${size(Math.min(sent, bytes))} of ${size(bytes)}.`);
  }

  /** @param {string} sentence */
  say(sentence) {
    this.text.textContent = sentence;
  }
}

/** @param {BeforeUnloadEvent} event */
function askBeforeLeaving(event) {
  event.preventDefault();
}

/**
 * Sends the files, then leads to the page of the work on them.
 * @param {HTMLFormElement} form
 */
async function send(form) {
  const panel = new Panel(form);
  const token = /** @type {HTMLInputElement} */ (form.querySelector("[name=csrfmiddlewaretoken]")).value;
  const { checked } = /** @type {HTMLInputElement} */ (form.querySelector("[name=replaces_details]"));
  const upload = new PartedUpload(
    chosenIn(form),
    { announce: form.dataset.upload ?? "", token, settings: checked ? { replaces_details: "on" } : {} },
    (progress) => panel.show(progress),
  );
  panel.stop.onclick = () => upload.stop();
  panel.lock(true);
  panel.say("Asking the server what has arrived before…");
  addEventListener("beforeunload", askBeforeLeaving);
  try {
    const url = await upload.run();
    removeEventListener("beforeunload", askBeforeLeaving);
    location.assign(url);
  } catch (error) {
    removeEventListener("beforeunload", askBeforeLeaving);
    panel.lock(false);
    if (error instanceof Stopped) panel.say(`Stopped. ${KEPT}`);
    else if (error instanceof Refusal) panel.say(`${error.message} ${KEPT}`);
    else throw error;
  }
}

/**
 * Lets files be dropped onto the form.
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} input
 */
function takeDrops(form, input) {
  const drop = /** @type {HTMLElement} */ (form.querySelector("[data-drop]"));
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.dataset.over = "yes";
    });
  }
  drop.addEventListener("dragleave", () => delete drop.dataset.over);
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    delete drop.dataset.over;
    if (!event.dataTransfer || input.disabled) return;
    input.files = event.dataTransfer.files;
    describe(form);
  });
}

/** Wires the upload form of the page. */
function watch() {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-upload]"));
  const inputs = /** @type {NodeListOf<HTMLInputElement> | undefined} */ (form?.querySelectorAll("input[type=file]"));
  if (!form || !inputs?.length) return;
  for (const input of inputs) {
    Object.assign(input, { hasChangeListener: true }); // or the admin's own script looks for markup that is not here
    input.addEventListener("change", () => describe(form));
  }
  form.querySelector("[data-plain]")?.remove();
  takeDrops(form, inputs[0]);
  describe(form); // a browser may keep the choice over a reload
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.reportValidity()) send(form);
  });
}

watch();
