/** Keep the next pictures leased, loaded and decoded, so that a rating never waits for the network. */

/** @typedef {import("./types.js").Item} Item */
/** @typedef {import("./types.js").LeaseReply} LeaseReply */

/**
 * @typedef {object} Prepared
 * @property {any} item an `Item`; in studies of several pictures a `PairItem` or a `SetItem`
 * @property {any} picture what `load` gave: a picture, or all that are shown at once; null until decoded
 * @property {Promise<any> | null} loading
 */

export const USUAL = 6; // pictures ahead
const REFILL_AT = 2; // fewer than wanted
const MOST_PER_CALL = 40;
const LOADS_AT_ONCE = 2;

export class Queue {
  /** @type {Prepared[]} */
  #waiting = [];
  /** @type {Set<number | string>} assignments handed out here: an answer that was long under way may still list them */
  #given = new Set();
  #loads = 0;
  #ahead = USUAL;
  #serverAheadMs = performance.timeOrigin; // of the page's own clock: the device's may be set while it runs
  /** @type {Promise<LeaseReply | null> | null} */
  #refilling = null;

  /**
   * @param {object} parts
   * @param {(count: number) => Promise<LeaseReply>} parts.lease
   * @param {(item: any) => Promise<any>} parts.load pictures of an item, decoded
   * @param {() => Set<number | string>} parts.taken assignments on screen or answered but not yet sent
   * @param {(item: Item) => void} parts.onBroken a picture that cannot be loaded
   * @param {() => boolean} parts.isOnline without a network, leases that ran out and pictures that fail are kept
   */
  constructor({ lease, load, taken, onBroken, isOnline }) {
    this.lease = lease;
    this.load = load;
    this.taken = taken;
    this.onBroken = onBroken;
    this.isOnline = isOnline;
    this.onChange = () => {};
    this.onWant = () => {}; // more are wanted than before
  }

  get length() {
    return this.#waiting.length;
  }

  get waiting() {
    return [...this.#waiting];
  }

  get isLow() {
    return this.#waiting.length < this.#ahead - REFILL_AT;
  }

  /** How many pictures are here, decoded. */
  get ready() {
    return this.#waiting.filter(({ picture }) => picture).length;
  }

  /** @param {number} count how many pictures are kept ready */
  setAhead(count) {
    this.#ahead = count;
    this.onWant();
  }

  /**
   * The next picture, decoded or on its way; without a network, one that is here, if any is.
   * @returns {Prepared | undefined}
   */
  take() {
    if (this.isOnline()) this.#waiting = this.#waiting.filter((prepared) => !this.hasExpired(prepared.item));
    else this.#waiting.sort((one, other) => Number(other.picture !== null) - Number(one.picture !== null));
    this.onChange();
    const next = this.#waiting.shift();
    if (next) this.#given.add(next.item.assignment);
    return next;
  }

  /** Let go of all that waits: another page may have had it answered. */
  clear() {
    this.#waiting = [];
  }

  /** @param {Prepared} prepared */
  putBack(prepared) {
    this.#given.delete(prepared.item.assignment);
    this.#waiting.unshift(prepared);
  }

  /**
   * Take up what an earlier page held.
   * @param {any[]} items
   */
  restore(items) {
    this.#merge(items, false);
    this.#pump();
  }

  /** @param {Item} item */
  hasExpired(item) {
    return Date.parse(item.expires_at) < performance.now() + this.#serverAheadMs;
  }

  /**
   * Start loading a picture, or join the load under way.
   * @param {Prepared} prepared
   * @returns {Promise<any>}
   */
  loaded(prepared) {
    prepared.loading ??= this.#load(prepared);
    return prepared.loading;
  }

  /**
   * Lease more; calls while one is under way share its answer.
   * @returns {Promise<LeaseReply | null>}
   */
  refill() {
    this.#refilling ??= this.#refill().finally(() => {
      this.#refilling = null;
    });
    return this.#refilling;
  }

  /**
   * Lease more with an answer that is younger than this call.
   * @returns {Promise<LeaseReply | null>}
   */
  async refillAnew() {
    await this.#refilling?.catch(() => null);
    return this.refill();
  }

  /** Whether the server answers now: only then is a picture that does not load a broken one, and not withheld. */
  async isServed() {
    return this.isOnline() && this.refill().then(() => true, () => false);
  }

  async #refill() {
    const held = this.#waiting.length + this.taken().size;
    const count = Math.min(MOST_PER_CALL, held + Math.max(1, this.#ahead - this.#waiting.length));
    const reply = await this.lease(count);
    this.#serverAheadMs = reply.server_ahead_ms ?? this.#serverAheadMs;
    this.#merge(reply.items, reply.items.length < count);
    this.#pump();
    return reply;
  }

  /**
   * @param {Item[]} items what the server says is ours, oldest first
   * @param {boolean} isAll whether the server listed everything, so that what is missing was given back
   */
  #merge(items, isAll) {
    const fresh = new Map(items.map((item) => [item.assignment, item]));
    const taken = this.taken();
    if (isAll) this.#waiting = this.#waiting.filter(({ item }) => fresh.has(item.assignment));
    for (const prepared of this.#waiting) {
      prepared.item = fresh.get(prepared.item.assignment) ?? prepared.item;
      fresh.delete(prepared.item.assignment);
    }
    for (const item of fresh.values()) {
      const isKnown = taken.has(item.assignment) || this.#given.has(item.assignment);
      if (!isKnown) this.#waiting.push({ item, picture: null, loading: null });
    }
    this.onChange();
  }

  #pump() {
    for (const prepared of this.#waiting) {
      if (this.#loads >= LOADS_AT_ONCE) return;
      if (!prepared.loading) this.loaded(prepared).catch(() => this.#drop(prepared));
    }
  }

  /** @param {Prepared} prepared */
  async #load(prepared) {
    this.#loads += 1;
    try {
      prepared.picture = await this.load(prepared.item);
      this.onChange();
      return prepared.picture;
    } finally {
      this.#loads -= 1;
      queueMicrotask(() => this.#pump());
    }
  }

  /** @param {Prepared} prepared */
  async #drop(prepared) {
    const isServed = await this.isServed();
    prepared.loading = null;
    if (!isServed || !this.#waiting.includes(prepared)) return;
    this.#waiting = this.#waiting.filter((each) => each !== prepared);
    this.onBroken(prepared.item);
  }
}
