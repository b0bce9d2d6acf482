/** What a rater chose for the rating page on this device: shortcuts, and more pictures ahead. */

import { USUAL } from "./queue.js";
import { readNote, writeNote } from "./store.js";
import { say } from "./words.js";

const SHORTCUTS = "pamela-shortcuts";
const AHEAD = "pamela-ahead";
const OFFLINE = 30;

/**
 * Remember whether single-key shortcuts are on; speech input and stray keys may call for off.
 * @param {HTMLInputElement} box
 * @returns {() => boolean}
 */
export function bindShortcutSwitch(box) {
  box.checked = readNote(SHORTCUTS) !== "off";
  box.addEventListener("change", () => writeNote(SHORTCUTS, box.checked ? "on" : "off"));
  return () => box.checked;
}

/**
 * Let a rater ask for more pictures ahead, for a time without a network.
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
  box.checked = readNote(AHEAD) === "more";
  box.addEventListener("change", () => {
    writeNote(AHEAD, box.checked ? "more" : "usual");
    apply();
  });
  apply();
  return show;
}
