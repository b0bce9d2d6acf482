/** Send the outbox in order: one sender at a time, with backoff and jitter while the server is away. */

import { ApiError } from "./api.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").RateEntry} RateEntry */
/** @typedef {import("./types.js").BatchResult} BatchResult */
/** @typedef {"idle" | "sending" | "offline" | "trouble" | "signed-out" | "other-rater"} Health */

const BATCH = 25;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * How long to wait before the next try, longer after each, and for no two pages alike.
 * @param {number} failures
 * @param {number} atLeast
 */
export function waitMs(failures, atLeast) {
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
  return Math.max(atLeast, ceiling * (0.5 + Math.random() / 2));
}

/** @param {Entry[]} entries @returns {RateEntry[]} */
function ratingsIn(entries) {
  return entries.flatMap((entry) => (entry.kind === "rate" ? [entry] : []));
}

/** @param {BatchResult} result */
function resultError(result) {
  return new ApiError(result.status, result.error?.code ?? "unknown", result.error?.message ?? "");
}

export class Flusher {
  #failures = 0;
  /** @type {Promise<void> | null} */
  #flushing = null;
  #timer = 0;
  #pauseEnds = 0; // on the page's clock: before, the server wants to hear nothing

  /**
   * @param {import("./outbox.js").Outbox} outbox
   * @param {import("./api.js").Api} api
   */
  constructor(outbox, api) {
    this.outbox = outbox;
    this.api = api;
    /** @type {Health} */
    this.health = "idle";
    /** @type {(health: Health) => void} */
    this.onHealth = () => {};
    /** @type {(entry: Entry, error: ApiError) => void} */
    this.onRefused = () => {};
  }

  /** Send again when the network or the rater comes back, and a last time when the page goes. */
  watch() {
    addEventListener("online", () => this.retryNow());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden") this.#sendBeforeLeaving();
      else this.retryNow();
    });
  }

  retryNow() {
    this.#failures = 0;
    return this.flush();
  }

  /**
   * Send until the outbox is empty or the server cannot take more; calls while one is under way share its end.
   * While the server asks for a pause nothing is sent: that happens by itself when it is over.
   * @returns {Promise<void>}
   */
  flush() {
    if (performance.now() < this.#pauseEnds) return Promise.resolve();
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
      if (this.outbox.size && this.health === "idle") this.flush();
    });
    return this.#flushing;
  }

  /** Send, but wait no longer than this for a network that neither answers nor fails. @param {number} ms */
  flushFor(ms) {
    return Promise.race([this.flush(), new Promise((resolve) => setTimeout(resolve, ms))]);
  }

  async #flush() {
    clearTimeout(this.#timer);
    try {
      await this.#alone(() => this.#sendAll());
      this.#report("idle");
    } catch (error) {
      this.#fail(/** @type {ApiError} */ (error));
    }
  }

  /** Resolve once everything is with the server, however long that takes. */
  async drained() {
    this.flush();
    while (this.outbox.size) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  /**
   * Hold the lock that all tabs of this rater share.
   * @param {() => Promise<void>} work
   */
  async #alone(work) {
    if (!navigator.locks) return work();
    await navigator.locks.request(`pamela-outbox-${this.outbox.owner}`, work);
  }

  async #sendAll() {
    while (this.outbox.size) {
      this.#report("sending");
      await this.#sendHead();
      this.#failures = 0; // something arrived: waiting begins small again
    }
  }

  async #sendHead() {
    const head = this.outbox.head(BATCH);
    this.outbox.markTried(head);
    const [first] = head;
    if (first.kind === "rate") await this.#sendRatings(ratingsIn(head));
    else await this.#settle(first, () => this.#sendOne(first));
  }

  /** @param {Entry} entry */
  #sendOne(entry) {
    return entry.kind === "undo"
      ? this.api.undo(entry.nonce)
      : this.api.skip(entry.assignment, entry.kind === "skip" ? entry.reason : "");
  }

  /** @param {RateEntry[]} entries */
  async #sendRatings(entries) {
    const results = await this.api.rate(entries.map((entry) => entry.body));
    const byNonce = new Map(results.map((result) => [result.nonce, result]));
    for (const entry of entries) {
      const result = byNonce.get(entry.nonce);
      if (!result) throw new ApiError(502, "no_result", "The server left a rating unanswered.");
      await this.#settle(entry, async () => {
        if (result.status >= 300) throw resultError(result);
      });
    }
  }

  /**
   * Remove the entry once it is settled; a refusal for good counts as settled and is reported.
   * @param {Entry} entry
   * @param {() => Promise<void>} send
   */
  async #settle(entry, send) {
    try {
      await send();
    } catch (error) {
      const failure = /** @type {ApiError} */ (error);
      if (!(failure instanceof ApiError) || failure.isPassing || failure.isSignedOut) throw failure;
      this.onRefused(entry, failure);
    }
    this.outbox.remove(entry);
  }

  /** @param {ApiError} error */
  #fail(error) {
    if (!(error instanceof ApiError)) throw error;
    this.#failures += 1;
    this.#report(error.ending ?? (error.status === 0 ? "offline" : "trouble"));
    this.#pauseEnds = performance.now() + error.retryAfterMs;
    if (!error.isSignedOut) {
      this.#timer = setTimeout(() => this.#goOn(), waitMs(this.#failures - 1, error.retryAfterMs));
    }
  }

  #goOn() {
    this.#pauseEnds = 0;
    this.flush();
  }

  /** The page may be gone a moment later; the server answers a repeated nonce with the same rating. */
  #sendBeforeLeaving() {
    const ratings = ratingsIn(this.outbox.head(BATCH));
    if (!ratings.length || this.health === "signed-out" || this.health === "other-rater") return;
    this.outbox.markTried(ratings);
    this.api.rate(ratings.map((entry) => entry.body), { keepalive: true }).catch(() => {});
  }

  /** @param {Health} health */
  #report(health) {
    if (health === this.health) return;
    this.health = health;
    this.onHealth(health);
  }
}
