/** The last answers: a strip of small pictures with what was said of each; picking one brings it back to be changed. */

import { rememberAnswers, rememberedAnswers } from "./store.js";
import { say, written } from "./words.js";

/** @typedef {import("./queue.js").Prepared} Prepared */
/** @typedef {import("./types.js").Said} Said */
/** @typedef {import("./store.js").Past & {prepared: Prepared}} Answered */

const DEPTH = 10;
const SIDES = /** @type {const} */ ({ left: 0, right: 1 });

/**
 * What choices are called, by how the pictures lie: a sign, and the name of its words.
 * @type {Record<"x" | "y", Record<string, {sign: string, word: string}>>}
 */
const CHOICES = {
  x: { left: { sign: "←", word: "left" }, right: { sign: "→", word: "right" }, tie: { sign: "=", word: "both" } },
  y: { left: { sign: "↑", word: "upper" }, right: { sign: "↓", word: "lower" }, tie: { sign: "=", word: "both" } },
};

/**
 * @param {Said} said
 * @param {"x" | "y"} axis along which pictures lie
 * @returns {string} in a few letters
 */
function short(said, axis) {
  if (typeof said === "number") return written(said);
  if (typeof said !== "string") return written(said.value);
  return CHOICES[axis][said]?.sign ?? said.split(">").map((place) => written(Number(place))).join("›");
}

/**
 * @param {Said} said
 * @param {"x" | "y"} axis
 * @returns {string} to be read out
 */
function spoken(said, axis) {
  if (typeof said === "object") return [said.value, ...Object.values(said.scales)].map(written).join(", ");
  return typeof said === "string" && CHOICES[axis][said] ? say(CHOICES[axis][said].word) : short(said, axis);
}

/**
 * The picture that was rated, or chosen as the best.
 * @param {any} item
 * @param {Said} said
 */
function thumbnail(item, said) {
  const pictures = item.images ?? (item.image ? [item.image] : [item.left, item.right]);
  const place = typeof said !== "string" ? 0 : said.includes(">") ? Number(said.split(">")[0]) - 1 : SIDES[/** @type {"left" | "right"} */ (said)];
  return pictures[place]?.placeholder ?? "";
}

/** A place on the strip, empty until there is an answer for it. */
function buildPlace() {
  const button = document.createElement("button");
  const picture = new Image();
  const text = document.createElement("b");
  button.type = "button";
  button.className = "past-answer";
  picture.alt = "";
  button.append(picture, text);
  button.hidden = true;
  return { button, picture, text };
}

export class History {
  /** @type {Answered[]} oldest first */
  answers = [];
  #places = Array.from({ length: DEPTH }, buildPlace);

  /**
   * @param {HTMLElement} root
   * @param {import("./types.js").Config} config
   * @param {import("./types.js").Scale} scale along whose axis pictures lie
   */
  constructor(root, { rater, owner }, scale) {
    this.scale = scale;
    this.rater = rater;
    this.owner = owner;
    /** @type {(answered: Answered) => void} */
    this.onPick = () => {};
    root.append(...this.#places.map(({ button }) => button));
    this.#places.forEach(({ button }, place) => {
      button.addEventListener("click", () => {
        const answered = this.answers[place];
        if (answered) this.onPick(answered);
      });
    });
  }

  /** Read what an earlier page left behind. */
  async load() {
    const kept = await rememberedAnswers(this.rater, this.owner);
    this.answers = kept.map((past) => ({ ...past, prepared: { item: past.item, picture: null, loading: null } }));
    this.show(null);
  }

  /** @param {Said} said */
  inWords(said) {
    return spoken(said, this.scale.axis);
  }

  get last() {
    return this.answers.at(-1);
  }

  /** Note an answer as the newest; one of the same picture is replaced. @param {Answered} answered */
  add(answered) {
    this.answers = [...this.answers.filter(({ item }) => item.assignment !== answered.item.assignment), answered].slice(-DEPTH);
    this.#keep();
  }

  /** @param {Answered} answered */
  remove(answered) {
    this.answers = this.answers.filter((each) => each !== answered);
    this.#keep();
  }

  #keep() {
    rememberAnswers(this.rater, this.owner, this.answers.map(({ item, nonce, said, caption }) => ({ item, nonce, said, caption })));
  }

  /** Show what is there; called when the picture is up, so that it never waits for this. @param {Prepared | null} current */
  show(current) {
    this.#places.forEach((place, number) => this.#fill(place, this.answers[number], current));
  }

  /**
   * @param {ReturnType<typeof buildPlace>} place
   * @param {Answered | undefined} answered
   * @param {Prepared | null} current
   */
  #fill({ button, picture, text }, answered, current) {
    button.hidden = !answered;
    if (!answered) return;
    const { item, said, caption, prepared } = answered;
    const address = thumbnail(item, said);
    picture.hidden = !address;
    if (address && picture.src !== address) picture.src = address;
    text.textContent = short(said, this.scale.axis);
    button.setAttribute("aria-label", say("past", { picture: caption, said: this.inWords(said) }));
    button.toggleAttribute("aria-current", prepared === current);
  }
}
