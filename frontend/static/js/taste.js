/** Wire the page Your taste: have a worker bring it up to date where more is known, and show it once it is there. */

import { Api, ApiError } from "./api.js";
import { byId } from "./dialogs.js";

const FOLLOW_MS = 2_000;
const LOOK_AGAIN_MS = 20_000;

/**
 * @typedef {object} TasteConfig what the server tells the page once
 * @property {string} slug
 * @property {string} rater
 * @property {string} api_base
 * @property {string} state whether there is something to see
 * @property {boolean} is_outdated whether more is known than the page says
 *
 * @typedef {object} TasteState
 * @property {string} state
 * @property {boolean} is_outdated
 * @property {{computed_at: string} | null} report
 */

class TasteApi extends Api {
  /** @param {TasteConfig} config */
  constructor(config) {
    super(config.api_base, "ratings", config.rater);
    this.path = `studies/${config.slug}/taste`;
  }

  /**
   * @param {"GET" | "POST"} method
   * @returns {Promise<TasteState>}
   */
  async ask(method) {
    return (await this.send(method, this.path)).json();
  }
}

class TastePage {
  /** @param {TasteConfig} config */
  constructor(config) {
    this.config = config;
    this.api = new TasteApi(config);
    this.seen = /** @type {string | null} */ (null);
  }

  async start() {
    const { state, is_outdated: isOutdated } = this.config;
    if (state === "learning") this.#followIn(LOOK_AGAIN_MS);
    if (state === "failed" || !(isOutdated || state === "waiting")) return;
    await this.#try(async () => {
      this.seen = (await this.api.ask("GET")).report?.computed_at ?? null;
      if (isOutdated) await this.api.ask("POST");
      this.#showProgress();
      this.#followIn(FOLLOW_MS);
    });
  }

  /** Show the page again once there is something new. */
  async #follow() {
    await this.#try(async () => {
      const found = await this.api.ask("GET");
      const isNew = (found.report?.computed_at ?? null) !== this.seen || found.state !== this.config.state;
      if (isNew) location.reload();
      else this.#followIn(found.state === "learning" ? LOOK_AGAIN_MS : FOLLOW_MS);
    });
  }

  /** @param {number} ms */
  #followIn(ms) {
    setTimeout(() => this.#follow(), ms);
  }

  #showProgress() {
    byId("taste-progress", HTMLProgressElement).hidden = false;
    const outdated = document.getElementById("taste-outdated");
    if (outdated) outdated.hidden = true;
  }

  /**
   * What passes is tried again later; anything else leaves the page as it is, with its button.
   * @param {() => Promise<void>} act
   */
  async #try(act) {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.isPassing) this.#followIn(LOOK_AGAIN_MS);
    }
  }
}

const config = JSON.parse(byId("taste-config", HTMLScriptElement).textContent ?? "{}");
new TastePage(config).start();
