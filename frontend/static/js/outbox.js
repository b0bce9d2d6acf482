/**
 * Hold what the rater did until the server has it.
 *
 * Entries live in memory for speed and in the store for safety; each is written before it is sent and
 * removed only after the server answered, so a reload, a crash or a closed tab loses nothing.
 */

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").RatingBody} RatingBody */

/**
 * @typedef {object} Store
 * @property {(owner: string) => Promise<Entry[]>} all
 * @property {(entry: Entry) => Promise<void>} put
 * @property {(seq: number) => Promise<void>} remove
 * @property {boolean} isLasting whether it outlives the page
 */

export class Outbox {
  /** @type {Entry[]} */
  #entries = [];
  #lastSeq = 0;

  /**
   * @param {Store} store
   * @param {string} owner
   */
  constructor(store, owner) {
    this.store = store;
    this.owner = owner;
    this.isKept = store.isLasting;
    this.onChange = () => {};
    /** @type {(assignment: number | string) => void} rated or skipped */
    this.onAnswered = () => {};
    /** @type {(assignment: number | string) => void} open again */
    this.onUndone = () => {};
  }

  /** Read what an earlier page left behind; where the disk cannot be read, that stays there for the next page. */
  async load() {
    try {
      this.#entries = await this.store.all(this.owner);
    } catch (reason) {
      console.warn("outbox: not readable on this device", reason);
    }
    this.markTried(this.#entries); // the earlier page may have sent them
    this.onChange();
  }

  get size() {
    return this.#entries.length;
  }

  /** Ratings still to be sent, for the counter a rater sees. */
  get unsentRatings() {
    return this.#entries.filter((entry) => entry.kind === "rate").length;
  }

  /** Whether something here would go with the page: it is not sent yet, and this browser keeps nothing. */
  get isAtRisk() {
    return this.size > 0 && !this.isKept;
  }

  /** By how much the server's count of finished pictures lags behind. */
  get unsentCounted() {
    return this.countedNonces.length;
  }

  /** Which of the unsent ratings count. */
  get countedNonces() {
    return this.#entries.flatMap((entry) => (entry.kind === "rate" && entry.isCounted ? [entry.nonce] : []));
  }

  /** Assignments that are answered here though the server may not know yet. */
  get assignments() {
    const undone = new Set(this.#entries.filter((entry) => entry.kind === "undo").map((entry) => entry.nonce));
    const answered = this.#entries.filter((entry) => entry.kind !== "undo" && !("nonce" in entry && undone.has(entry.nonce)));
    return new Set(answered.map((entry) => entry.assignment));
  }

  /**
   * @param {RatingBody} body
   * @param {{isCounted: boolean, replaces?: string | null}} options practice does not count, nor does a change of an answer
   */
  addRating(body, { isCounted, replaces = null }) {
    this.onAnswered(body.assignment);
    this.#add({ kind: "rate", nonce: body.nonce, assignment: body.assignment, body, isCounted, replaces, ...this.#stamp() });
  }

  /**
   * @param {number | string} assignment
   * @param {string} reason
   */
  addSkip(assignment, reason) {
    this.onAnswered(assignment);
    this.#add({ kind: "skip", assignment, reason, ...this.#stamp() });
  }

  /**
   * Take a rating back: drop it here if it never left, and ask the server to, as another page of this rater's may have
   * sent it meanwhile; the server does not mind where it never came.
   * @param {string} nonce
   * @param {number | string} assignment
   */
  addUndo(nonce, assignment) {
    this.onUndone(assignment);
    const rated = this.#entries.find((entry) => entry.kind === "rate" && entry.nonce === nonce);
    if (rated?.kind === "rate" && !rated.tried) {
      this.remove(rated);
      if (rated.replaces) this.addUndo(rated.replaces, assignment); // the answer before it goes, too
    }
    this.#add({ kind: "undo", nonce, assignment, ...this.#stamp() });
  }

  /**
   * The next entries that one call can carry: a run of ratings, or a single undo or skip.
   * @param {number} limit
   * @returns {Entry[]}
   */
  head(limit) {
    const run = this.#entries.findIndex((entry) => entry.kind !== "rate");
    const ratings = run === -1 ? this.#entries.length : run;
    return this.#entries.slice(0, Math.max(1, Math.min(ratings, limit)));
  }

  /**
   * Note that these may have reached the server.
   * @param {Entry[]} entries
   */
  markTried(entries) {
    for (const entry of entries) entry.tried = true;
  }

  /** @param {Entry} entry */
  remove(entry) {
    this.#entries = this.#entries.filter((each) => each.seq !== entry.seq);
    this.#persist(this.store.remove(entry.seq));
    this.onChange();
  }

  /** @param {Entry} entry */
  #add(entry) {
    this.#entries.push(entry);
    this.#persist(this.store.put(entry), () => {
      this.isKept = false;
      this.onChange();
    });
    this.onChange();
  }

  /** A sequence number that grows across pages, so that order survives a reload. */
  #stamp() {
    const newest = this.#entries.at(-1)?.seq ?? 0;
    this.#lastSeq = Math.max(Date.now() * 1000, this.#lastSeq + 1, newest + 1);
    return { seq: this.#lastSeq, owner: this.owner, tried: false };
  }

  /**
   * @param {Promise<void>} write a failed write leaves the entry in memory, and it is still sent
   * @param {() => void} [onFailed]
   */
  #persist(write, onFailed) {
    write.catch((reason) => {
      console.warn("outbox: not kept on disk", reason);
      onFailed?.();
    });
  }
}
