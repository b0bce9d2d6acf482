/** Wire the page Made for you: wish, follow what is drawn, rate it, and see which one was made for oneself. */

import { ApiError } from "./api.js";
import { byId } from "./dialogs.js";
import { Flusher } from "./flusher.js";
import { MadeApi } from "./made_api.js";
import { buildCard } from "./made_card.js";
import { Outbox } from "./outbox.js";
import { answerBody, newNonce } from "./record.js";
import { loadScale } from "./scale.js";
import { openStore } from "./store.js";
import { say, sayCounted } from "./words.js";

/** @typedef {import("./made_api.js").MadeConfig} MadeConfig */
/** @typedef {import("./made_api.js").MadeState} MadeState */
/** @typedef {import("./made_api.js").MadeRun} MadeRun */
/** @typedef {import("./made_api.js").MadePicture} MadePicture */

const FOLLOW_MS = 2_000;
const LOOK_AGAIN_MS = 30_000;
const WORTH_LOOKING_AGAIN = new Set(["learning", "no_model", "paused"]);

/** @param {string} id */
function read(id) {
  return JSON.parse(byId(id, HTMLScriptElement).textContent ?? "{}");
}

/**
 * Put elements into a place; where they are there already nothing moves.
 * @param {HTMLElement} place
 * @param {HTMLElement[]} wanted
 */
function fill(place, wanted) {
  const isFilled = wanted.length === place.children.length && wanted.every((element, at) => place.children[at] === element);
  if (!isFilled) place.replaceChildren(...wanted);
}

class MadePage {
  /**
   * What the rater said that the server has not confirmed, by assignment.
   * @type {Map<number, {value: number | null, nonce: string | null}>}
   */
  #said = new Map();
  /** @type {Map<string, {shape: string, card: HTMLElement}>} */
  #cards = new Map();
  /** The wish that is being sent; kept until the server has it, so that pressing again is no second one. */
  #pending = { nonce: "", prompt: "" };
  #timer = 0;

  /**
   * @param {MadeConfig} config
   * @param {MadeState} state
   * @param {MadeApi} api
   * @param {Outbox} outbox
   * @param {import("./types.js").BuildScale} buildScale
   */
  constructor(config, state, api, outbox, buildScale) {
    this.config = config;
    this.state = state;
    this.api = api;
    this.outbox = outbox;
    this.buildScale = buildScale;
    this.flusher = new Flusher(outbox, api);
    this.flusher.onRefused = (_, error) => this.#complain(error);
    this.flusher.onHealth = (health) => this.#onHealth(health);
    this.form = byId("wish", HTMLFormElement);
    this.newest = byId("made-newest", HTMLElement);
    this.older = byId("made-older", HTMLElement);
  }

  start() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#wish(String(new FormData(this.form).get("prompt") ?? ""));
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.look();
    });
    this.flusher.watch();
    this.outbox.onChange = () => {
      if (!this.outbox.size) this.look();
    };
    this.#show();
    this.flusher.flush();
  }

  /** Ask how things stand, and go on asking while something is being made. */
  async look() {
    try {
      this.state = await this.api.look();
      if (!this.outbox.size) this.#said.clear();
      this.#complain(null);
      this.#show();
    } catch (error) {
      this.#complain(error);
      this.#lookAgainIn(LOOK_AGAIN_MS);
    }
  }

  /** @param {string} prompt */
  async #wish(prompt) {
    if (this.#pending.prompt !== prompt) this.#pending = { nonce: newNonce(), prompt };
    const send = this.form.querySelector("button");
    if (send) send.disabled = true;
    try {
      this.state = await this.api.wish(this.#pending.nonce, prompt);
      this.#pending = { nonce: "", prompt: "" };
      this.form.reset();
      this.#complain(null);
      this.#show();
      this.newest.scrollIntoView({ block: "nearest", behavior: "smooth" });
    } catch (error) {
      this.#complain(error);
      if (error instanceof ApiError && error.status === 409) await this.look();
    } finally {
      if (send) send.disabled = false;
    }
  }

  /** @param {MadeRun} run */
  async #stop(run) {
    try {
      await this.api.stop(run.nonce);
    } catch (error) {
      this.#complain(error);
    }
    await this.look();
  }

  /**
   * @param {MadePicture} picture
   * @param {number} value
   * @param {{width: number, height: number, since: number}} shown
   */
  #rate(picture, value, shown) {
    const nonce = newNonce();
    const responseMs = Math.round(performance.now() - shown.since);
    const body = answerBody({ nonce, item: picture, said: value, responseMs, shown: { width: shown.width, height: shown.height } });
    this.outbox.addRating(body, { isCounted: false });
    this.#said.set(picture.assignment, { value, nonce });
    this.#show();
    this.flusher.flush();
  }

  /** @param {MadePicture} picture */
  #undo(picture) {
    if (!picture.nonce) return;
    this.#said.set(picture.assignment, { value: null, nonce: null });
    this.#show();
    this.outbox.addUndo(picture.nonce, picture.assignment);
    this.flusher.flush();
  }

  #show() {
    const { state, sentence, left, runs } = this.state;
    const isReady = state === "ready";
    this.form.hidden = !isReady;
    byId("wish-left", HTMLElement).textContent = sayCounted("wishes_left", left);
    const standing = byId("standing", HTMLElement);
    const isAnswered = isReady || state === "busy";
    standing.hidden = isAnswered || !sentence;
    standing.textContent = sentence;
    this.#showRuns(runs.map((run) => this.#asSaid(run)));
    const isActive = runs.some((run) => run.state === "queued" || run.state === "running");
    this.#lookAgainIn(isActive ? FOLLOW_MS : WORTH_LOOKING_AGAIN.has(state) ? LOOK_AGAIN_MS : 0);
  }

  /**
   * A card is drawn again only where it changed: a finger on a scale must not lose it.
   * @param {MadeRun[]} runs
   */
  #showRuns(runs) {
    const actions = {
      rate: this.#rate.bind(this),
      undo: this.#undo.bind(this),
      stop: this.#stop.bind(this),
      buildScale: this.buildScale,
    };
    const cards = new Map();
    for (const run of runs) {
      const shape = JSON.stringify(run);
      const known = this.#cards.get(run.nonce);
      const card = known?.shape === shape ? known.card : buildCard(run, this.config.scale, actions);
      if (known && known.card !== card) known.card.replaceWith(card);
      cards.set(run.nonce, { shape, card });
    }
    this.#cards = cards;
    const [newest, ...older] = [...cards.values()].map(({ card }) => card);
    fill(this.newest, newest ? [newest] : []);
    fill(this.older, older);
  }

  /**
   * A run with what the rater said here, though the server may not know yet.
   * @param {MadeRun} run
   * @returns {MadeRun}
   */
  #asSaid(run) {
    const prompt = this.config.subjects[run.prompt] ?? run.prompt;
    return { ...run, prompt, pictures: run.pictures.map((picture) => ({ ...picture, ...this.#said.get(picture.assignment) })) };
  }

  /** @param {number} ms 0 for never */
  #lookAgainIn(ms) {
    clearTimeout(this.#timer);
    if (ms) this.#timer = setTimeout(() => this.look(), ms);
  }

  /** @param {import("./flusher.js").Health} health */
  #onHealth(health) {
    if (health === "offline" || health === "trouble") this.#complain(new ApiError(0, "network", ""));
    if (health === "signed-out") this.#complain(new ApiError(401, "signed_out", ""));
    if (health === "other-rater") this.#complain(new ApiError(403, "other_rater", ""));
  }

  /** @param {unknown} error */
  #inWords(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.ending === "other-rater") return say("other_rater");
    if (error.isSignedOut) return say("signed_out");
    if (error.isPassing) return say(this.outbox.isAtRisk ? "unkept" : "away");
    return error.message;
  }

  /** @param {unknown} error none once all is well */
  #complain(error) {
    const note = byId("trouble", HTMLElement);
    note.hidden = error === null;
    note.textContent = error === null ? "" : this.#inWords(error);
  }
}

/** @type {MadeConfig} */
const config = read("made-config");
const outbox = new Outbox(await openStore(), config.owner);
await outbox.load();
new MadePage(config, read("made-state"), new MadeApi(config), outbox, await loadScale(config.scale.kind)).start();
