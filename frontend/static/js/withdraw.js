/**
 * Forget on this device, too, a rater who has withdrawn: kept pages, and answers that were never sent.
 *
 * The page that asks notes whom it is about, as the page that confirms no longer knows.
 */

import { forgetAll } from "./shelf.js";
import { forgetAnswers, openStore } from "./store.js";

const KEY = "pamela-withdrawing";

/** @param {string} owner */
async function dropUnsent(owner) {
  const store = await openStore();
  for (const entry of await store.all(owner)) await store.remove(entry.seq);
  await forgetAnswers(owner);
}

async function forget() {
  const owners = (sessionStorage.getItem(KEY) ?? "").split(" ").filter(Boolean);
  await Promise.all([forgetAll(), ...owners.map(dropUnsent)]);
  sessionStorage.removeItem(KEY);
}

const form = document.querySelector("form[data-owners]");
if (form instanceof HTMLElement) sessionStorage.setItem(KEY, form.dataset.owners ?? "");
else forget();
