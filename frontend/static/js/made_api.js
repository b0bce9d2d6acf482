/** The calls of the page Made for you; ratings go the way of all ratings. */

import { Api } from "./api.js";

/**
 * @typedef {object} MadePicture
 * @property {number} assignment
 * @property {import("./types.js").ImageFacts} image
 * @property {number | null} value the rating that stands
 * @property {string | null} nonce of that rating
 * @property {boolean | null} is_yours null until all pictures of the wish are rated
 * @property {string[]} changes
 *
 * @typedef {object} MadeRun
 * @property {string} nonce
 * @property {string} prompt
 * @property {"queued" | "running" | "succeeded" | "failed" | "cancelled" | "skipped"} state
 * @property {number} progress from 0 to 1
 * @property {string} sentence
 * @property {MadePicture[]} pictures
 *
 * @typedef {object} MadeState
 * @property {string} state whether a wish may be made now
 * @property {string} sentence
 * @property {number} left
 * @property {string[]} prompts
 * @property {MadeRun[]} runs
 *
 * @typedef {object} MadeConfig what the server tells the page once
 * @property {string} slug
 * @property {string} owner the participation
 * @property {string} rater
 * @property {import("./types.js").ScaleSpec} scale
 * @property {Record<string, string | undefined>} subjects of our own, in the language of the page
 * @property {string} api_base
 */

export class MadeApi extends Api {
  /** @param {MadeConfig} config */
  constructor(config) {
    super(config.api_base, "ratings", config.rater);
    this.path = `studies/${config.slug}/made`;
  }

  /** @returns {Promise<MadeState>} */
  async look() {
    return (await this.send("GET", this.path)).json();
  }

  /**
   * @param {string} nonce
   * @param {string} prompt
   * @returns {Promise<MadeState>}
   */
  async wish(nonce, prompt) {
    return (await this.send("POST", this.path, { nonce, prompt })).json();
  }

  /** @param {string} nonce */
  async stop(nonce) {
    await this.send("DELETE", `${this.path}/${nonce}`);
  }
}
