/** Lead back to the platform after a countdown that the rater sees and may stop. Without this the page itself does. */

import { say } from "./words.js";

const SECOND_MS = 1_000;

/** @param {HTMLAnchorElement} link */
function countDown(link) {
  const note = document.querySelector("[data-redirect-note]");
  const stop = document.querySelector("[data-redirect-stop]");
  if (!(note instanceof HTMLElement) || !(stop instanceof HTMLElement)) return;
  let left = Number(link.dataset.redirect);
  const show = () => {
    note.textContent = say("redirect", { seconds: left });
  };
  const timer = setInterval(() => {
    left -= 1;
    show();
    if (left > 0) return;
    clearInterval(timer);
    location.assign(link.href);
  }, SECOND_MS);
  stop.addEventListener("click", () => {
    clearInterval(timer);
    note.hidden = true;
    stop.hidden = true;
    link.focus();
  });
  note.hidden = false;
  stop.hidden = false;
  show();
}

const link = document.querySelector("a[data-redirect]");
if (link instanceof HTMLAnchorElement) countDown(link);
