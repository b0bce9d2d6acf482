/** Keyboard for the whole rating page: the scale's keys everywhere, letters only while shortcuts are on. */

/** @typedef {import("./types.js").Scale} Scale */

/**
 * @typedef {object} Commands
 * @property {() => void} undo
 * @property {() => void} skip
 * @property {() => void} help
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
  return event.defaultPrevented || isTyping || document.querySelector("dialog[open]") !== null;
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
    if (this.#handle(event)) event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #handle(event) {
    if (isUndo(event)) return this.#run(this.commands.undo, event);
    if (hasModifier(event)) return false;
    if (!(event.repeat && event.key === "Enter") && this.scale.press(event.key)) return true;
    return this.areShortcutsOn() && this.#shortcut(event);
  }

  /** @param {KeyboardEvent} event */
  #shortcut(event) {
    /** @type {Record<string, () => void>} */
    const commands = { u: this.commands.undo, s: this.commands.skip, "?": this.commands.help };
    const command = commands[event.key.toLowerCase()];
    if (command) return this.#run(command, event);
    return !event.repeat && this.scale.shortcut(event.key);
  }

  /**
   * @param {() => void} command
   * @param {KeyboardEvent} event a held key acts once
   */
  #run(command, event) {
    if (!event.repeat) command();
    return true;
  }
}
