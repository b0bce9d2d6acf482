/** Tell the page of a press that came too early to be about the picture. */

const EVENT = "too-early";

/** @param {HTMLElement} element of the controls that was pressed */
export function sayEarly(element) {
  element.dispatchEvent(new Event(EVENT, { bubbles: true }));
}

/** @param {() => void} onEarly */
export function onEarlyPress(onEarly) {
  addEventListener(EVENT, onEarly);
}
