/** Send, from any page of the rater's, what an earlier rating page could not; drop what is kept of other raters. */

import { Api } from "./api.js";
import { Flusher } from "./flusher.js";
import { Outbox } from "./outbox.js";
import { forgetOthers } from "./shelf.js";
import { openStore } from "./store.js";

/** @param {HTMLElement} mark */
async function sendLeftover(mark) {
  const outbox = new Outbox(await openStore(), mark.dataset.outboxOwner ?? "");
  await outbox.load();
  const calls = /** @type {"ratings" | "choices"} */ (mark.dataset.calls ?? "ratings");
  const flusher = new Flusher(outbox, new Api(mark.dataset.apiBase ?? "", calls, mark.dataset.rater ?? ""));
  flusher.watch();
  await flusher.flush();
}

for (const mark of document.querySelectorAll("[data-outbox-owner]")) {
  if (!(mark instanceof HTMLElement)) continue;
  sendLeftover(mark);
  forgetOthers(mark.dataset.rater ?? "");
}
