// Sends what was chosen part by part and shows how far it is; without this script the form works as a plain one.

import { PartedUpload, Refusal, Stopped, chosenFiles, filled } from "./upload-parts.js";

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
  return number.toLocaleString(document.documentElement.lang || "en");
}

/**
 * Gives the page's words for this form.
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
function wordsOf(form) {
  return JSON.parse(form.dataset.words ?? "{}");
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
  const words = wordsOf(form);
  const facts = { count: count(chosen.length), size: size(total) };
  const said = chosen.length ? filled(chosen.length > 1 ? words.chosen : words.chosen_one, facts) : "";
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
    this.words = wordsOf(form);
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
    const said = waitingMs ? this.words.broken : arrived === files ? this.words.arrived : this.words.sending;
    const seconds = String(Math.round(waitingMs / 1000));
    const sizes = { sent: size(Math.min(sent, bytes)), size: size(bytes) };
    this.say(filled(said, { arrived: count(arrived), files: count(files), seconds, ...sizes }));
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
  const { words } = panel;
  const token = /** @type {HTMLInputElement} */ (form.querySelector("[name=csrfmiddlewaretoken]")).value;
  const { checked } = /** @type {HTMLInputElement} */ (form.querySelector("[name=replaces_details]"));
  const upload = new PartedUpload(
    chosenIn(form),
    { announce: form.dataset.upload ?? "", token, settings: checked ? { replaces_details: "on" } : {}, words },
    (progress) => panel.show(progress),
  );
  panel.stop.onclick = () => upload.stop();
  panel.lock(true);
  panel.say(words.asking);
  addEventListener("beforeunload", askBeforeLeaving);
  try {
    const url = await upload.run();
    removeEventListener("beforeunload", askBeforeLeaving);
    location.assign(url);
  } catch (error) {
    removeEventListener("beforeunload", askBeforeLeaving);
    panel.lock(false);
    if (error instanceof Stopped) panel.say(`${words.stopped} ${words.kept}`);
    else if (error instanceof Refusal) panel.say(`${error.message} ${words.kept}`);
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
