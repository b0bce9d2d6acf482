/** Let a rater ask for more pictures ahead, for a time without a network; the choice is kept on this device. */

import { USUAL } from "./queue.js";
import { say } from "./words.js";

const KEY = "pamela-ahead";
const OFFLINE = 30;

/**
 * @param {HTMLInputElement} box
 * @param {HTMLElement} status
 * @param {{setAhead: (count: number) => void, ready: number}} queue
 * @returns {() => void} to be called when the number of pictures that are ready changes
 */
export function bindSupply(box, status, queue) {
  const show = () => {
    status.textContent = box.checked ? say("ready", { count: queue.ready }) : "";
  };
  const apply = () => {
    queue.setAhead(box.checked ? OFFLINE : USUAL);
    show();
  };
  box.checked = localStorage.getItem(KEY) === "more";
  box.addEventListener("change", () => {
    localStorage.setItem(KEY, box.checked ? "more" : "usual");
    apply();
  });
  apply();
  return show;
}
