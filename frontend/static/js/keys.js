/** Keyboard for the whole rating page: the scale's keys everywhere, letters only while shortcuts are on. */

import { characterOf, letterOf } from "./typing.js";

/** @typedef {import("./types.js").Scale} Scale */

/**
 * @typedef {object} Commands
 * @property {() => void} undo take back what is half said, or else the last answer
 * @property {() => void} skip
 * @property {() => void} help
 * @property {() => void} zoom
 * @property {() => void} prompt
 * @property {(key: string) => boolean} view move in an enlarged picture, or leave it; true when there is one
 */

/** @param {KeyboardEvent} event */
function isUndo(event) {
  if (hasModifier(event)) return (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
  return event.key === "Backspace";
}

/** @param {KeyboardEvent} event */
function hasModifier(event) {
  return event.ctrlKey || event.metaKey || event.altKey;
}

/** @param {KeyboardEvent} event */
function isForeign(event) {
  const isTyping = event.target instanceof HTMLInputElement;
  return event.defaultPrevented || event.isComposing || isTyping || document.querySelector("dialog[open]") !== null;
}

/** Keys that a browser repeats with effect, and that may go on while they are held. @param {KeyboardEvent} event */
function mayRepeat({ key }) {
  return key === "Tab" || /^F\d/.test(key);
}

export class Keys {
  /**
   * @param {Scale} scale
   * @param {Commands} commands
   * @param {() => boolean} areShortcutsOn single-key shortcuts can be turned off (WCAG 2.1.4)
   */
  constructor(scale, commands, areShortcutsOn) {
    this.scale = scale;
    this.commands = commands;
    this.areShortcutsOn = areShortcutsOn;
    addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (isForeign(event)) return;
    if (event.repeat ? this.#hold(event) : this.#handle(event)) event.preventDefault();
  }

  /** A held key moves along a scale or in a picture, and does nothing else. @param {KeyboardEvent} event */
  #hold(event) {
    if (mayRepeat(event) || (hasModifier(event) && !isUndo(event))) return false;
    if (event.shiftKey && this.commands.view(event.key)) return true;
    if (this.scale.isMovedBy(event.key)) this.scale.press(event.key, event.timeStamp);
    return true;
  }

  /** @param {KeyboardEvent} event */
  #handle(event) {
    if (isUndo(event)) return this.#run(this.commands.undo);
    if (hasModifier(event)) return false;
    if (event.key === "Escape" || event.shiftKey) return this.#leave(event) || this.#press(event);
    return this.#press(event);
  }

  /** Leave what is half said, or an enlarged picture, or move in it. @param {KeyboardEvent} event */
  #leave({ key }) {
    return (key === "Escape" && this.scale.takeBack()) || this.commands.view(key);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (this.scale.press(event.key, event.timeStamp)) return true;
    return this.areShortcutsOn() && this.#shortcut(event);
  }

  /** @param {KeyboardEvent} event */
  #shortcut(event) {
    const { undo, skip, help, zoom, prompt } = this.commands;
    /** @type {Record<string, () => void>} */
    const commands = { u: undo, s: skip, "?": help, z: zoom, p: prompt };
    const command = commands[letterOf(event)];
    if (command) return this.#run(command);
    return this.scale.shortcut(this.#characterOf(event), event.timeStamp) || this.commands.view(event.key);
  }

  /** On a French keyboard the key of the 6 gives a minus: it is one where a number can begin so. @param {KeyboardEvent} event */
  #characterOf(event) {
    return event.key === "-" && this.scale.takes?.("-") ? "-" : characterOf(event);
  }

  /** @param {() => void} command */
  #run(command) {
    command();
    return true;
  }
}
