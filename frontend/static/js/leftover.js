/**
 * Send, from any page of the rater's, what an earlier rating page could not; drop what is kept of other raters.
 * Where the page signs the rater out, that waits until it was tried, and the page says what stays here.
 */

import { Api } from "./api.js";
import { Flusher } from "./flusher.js";
import { Outbox } from "./outbox.js";
import { forgetOthers } from "./shelf.js";
import { openStore } from "./store.js";

const PATIENCE_MS = 4_000; // with a network that neither answers nor fails

/** @param {HTMLElement} mark @returns {Promise<Outbox>} with what is left in it after the first try */
async function sendLeftover(mark) {
  const outbox = new Outbox(await openStore(), mark.dataset.outboxOwner ?? "");
  await outbox.load();
  const calls = /** @type {"ratings" | "choices"} */ (mark.dataset.calls ?? "ratings");
  const flusher = new Flusher(outbox, new Api(mark.dataset.apiBase ?? "", calls, mark.dataset.rater ?? ""));
  flusher.watch();
  await flusher.flushFor(PATIENCE_MS);
  return outbox;
}

/**
 * Hold a form back until answers were sent; if some could not be, say so first, and let it go at the next press.
 * @param {HTMLElement} note
 * @param {Promise<Outbox[]>} sending
 */
function holdForm(note, sending) {
  let isTried = false;
  const tried = sending.then((outboxes) => {
    isTried = true;
    const show = () => {
      note.hidden = outboxes.every(({ size }) => size === 0);
    };
    for (const outbox of outboxes) outbox.onChange = show;
    show();
  });
  const form = note.closest("form");
  if (!form) return;
  form.addEventListener("submit", async (event) => {
    if (isTried) return;
    event.preventDefault();
    await tried;
    if (note.hidden) form.submit();
  });
}

const marks = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-outbox-owner]"));
const sending = Promise.all([...marks].map(sendLeftover));
for (const mark of marks) forgetOthers(mark.dataset.rater ?? "");
for (const note of document.querySelectorAll("[data-unsent-note]")) holdForm(/** @type {HTMLElement} */ (note), sending);
