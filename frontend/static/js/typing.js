/** Gather the keys of a value that is typed: it counts as soon as no longer one begins so, on Enter, or after a pause. */

const PAUSE_MS = 800;
const TEN_DIGITS = 10;

/**
 * What stands for each value: how it is written; 0 for a 10 at the end; on a short scale without one-digit values,
 * the place in the row.
 * @param {number[]} values
 * @returns {Map<string, number>}
 */
export function typedTexts(values) {
  const hasDigits = values.some((value) => Number.isInteger(value) && value >= 0 && value <= 9);
  if (!hasDigits && values.length <= TEN_DIGITS) return new Map(values.map((value, place) => [String((place + 1) % TEN_DIGITS), value]));
  const texts = new Map(values.map((value) => [String(value), value]));
  if (values.at(-1) === 10 && !texts.has("0")) texts.set("0", 10);
  return texts;
}

/**
 * The value of a digit in any script, in each of which ten of them follow each other.
 * @param {string} character
 */
function digitOf(character) {
  const point = Number(character.codePointAt(0));
  let zero = point;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(point - zero);
}

/**
 * The character that a key stands for on a scale: a digit in any script and on any keyboard, a sign or a point. Where a
 * key gives none, as with the number pad off or in the middle of an accent, it is no digit either.
 * @param {KeyboardEvent} event
 */
export function characterOf(event) {
  const { key, code, shiftKey } = event;
  if (/^\p{Nd}$/u.test(key)) return digitOf(key);
  const digit = /^(?:Digit|Numpad)([0-9])$/.exec(code);
  if (digit && !shiftKey && [...key].length === 1 && !event.getModifierState("AltGraph")) return digit[1];
  return key === "," ? "." : letterOf(event);
}

/**
 * The Latin letter or sign of a key: on a keyboard of another script, the one that stands there on most others.
 * @param {KeyboardEvent} event
 */
export function letterOf({ key, code }) {
  const isOtherScript = /^\p{L}$/u.test(key) && !/^\p{Script=Latin}$/u.test(key);
  return (isOtherScript ? (/^Key([A-Z])$/.exec(code)?.[1] ?? key) : key).toLowerCase();
}

export class Typing {
  #text = "";
  #time = 0;
  #timer = 0;

  /**
   * @param {Map<string, number>} texts
   * @param {(value: number | null, text: string) => void} onAim what is typed so far, and the value it may be
   * @param {(value: number, time: number) => void} onValue what was typed, and when its last key was pressed
   */
  constructor(texts, onAim, onValue) {
    this.texts = texts;
    this.onAim = onAim;
    this.onValue = onValue;
  }

  /** Whether a value can go on with this. @param {string} character */
  takes(character) {
    return [...this.texts.keys()].some((each) => each.startsWith(this.#text + character));
  }

  /**
   * @param {string} character
   * @param {number} time
   * @returns {boolean} whether it belongs to a value; one that does not finishes what was typed before
   */
  add(character, time) {
    const text = this.#text + character;
    const longer = [...this.texts.keys()].filter((each) => each.startsWith(text));
    if (!longer.length) {
      this.finish();
      return false;
    }
    this.#text = text;
    this.#time = time;
    if (longer.length === 1 && longer[0] === text) this.finish();
    else this.#wait();
    return true;
  }

  /** Take what is typed; true if there was something. */
  finish() {
    const text = this.#text;
    const value = this.texts.get(text);
    this.clear();
    if (value !== undefined) this.onValue(value, this.#time);
    return text !== "";
  }

  /** Forget what is typed; true if there was something. */
  takeBack() {
    const isTyped = this.#text !== "";
    this.clear();
    return isTyped;
  }

  clear() {
    clearTimeout(this.#timer);
    if (this.#text) this.onAim(null, "");
    this.#text = "";
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.finish(), PAUSE_MS);
    this.onAim(this.texts.get(this.#text) ?? null, this.#text);
  }
}
