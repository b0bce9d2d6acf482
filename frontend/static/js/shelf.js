/**
 * Keep on this device what the rating page needs to come back without a network: itself, the pictures that wait,
 * and how far the rater is. The service worker hands it out; unsent ratings lie in the outbox.
 *
 * A shelf belongs to one participation of one rater, and goes when that rater has finished, left or withdrawn, or
 * when somebody else rates in this browser.
 */

import { readNote, writeNote } from "./store.js";

/** @typedef {import("./queue.js").Prepared} Prepared */
/** @typedef {import("./types.js").ImageFacts} ImageFacts */

/**
 * @typedef {object} Sitting
 * @property {any[]} items of the study's design
 * @property {{done: number, quota: number}} progress
 * @property {string[]} unsent which of those done were still in the outbox
 */

const PREFIX = "pamela";
const SITTING = "/s/sitting";
const SETTLE_MS = 100;
/** Of which type a file is that has such a name; a page that a captive portal gave in its place is of another. */
const TYPES = [
  { name: /\.js$/, type: /javascript/ },
  { name: /\.css$/, type: /css/ },
  { name: /\.(webp|png|jpe?g|gif|avif|svg)$/, type: /^image\// },
];
const ANSWERS_NOTED = 60; // more than a sitting ever holds

/**
 * An item whose pictures have no other address than the one already loaded.
 * @param {Prepared} prepared
 */
function pinned({ item, picture }) {
  const shown = /** @type {HTMLImageElement[]} */ ([picture].flat());
  const pin = (/** @type {ImageFacts} */ facts, /** @type {HTMLImageElement | undefined} */ image) => ({
    ...facts,
    url: image?.currentSrc ?? facts.url,
    srcset: "",
  });
  if (item.image) return { ...item, image: pin(item.image, shown[0]) };
  if (item.images) return { ...item, images: item.images.map((/** @type {ImageFacts} */ facts, /** @type {number} */ place) => pin(facts, shown[place])) };
  return { ...item, left: pin(item.left, shown[0]), right: pin(item.right, shown[1]) };
}

/** @param {any} item @returns {string[]} */
function addressesOf(item) {
  return (item.images ?? (item.image ? [item.image] : [item.left, item.right])).map((/** @type {ImageFacts} */ facts) => facts.url);
}

/** @param {Document} page @returns {string[]} the files it is made of */
function filesOf(page) {
  const links = page.querySelectorAll("link[rel=stylesheet], link[rel=modulepreload], link[rel=preload], link[rel=icon], script[src]");
  return [...links].map((link) => link.getAttribute("href") ?? link.getAttribute("src") ?? "");
}

/**
 * Whether an answer is the file that was asked for; of a bucket's, which are opaque to scripts, nobody can tell.
 * @param {Response} answer
 * @param {string} address
 */
function isFile(answer, address) {
  if (answer.type === "opaque") return true;
  const { pathname } = new URL(address, location.href);
  const type = answer.headers.get("Content-Type") ?? "";
  const expected = TYPES.find(({ name }) => name.test(pathname))?.type ?? /^(?!text\/html)/;
  return answer.ok && !answer.redirected && expected.test(type);
}

/**
 * @param {Cache} cache
 * @param {string} address
 */
async function add(cache, address) {
  const kept = await cache.match(address);
  if (kept && isFile(kept, address)) return;
  const answer = await fetch(new Request(address, { mode: "no-cors" }));
  if (!isFile(answer, address)) throw new Error(`${address} answered ${answer.status} with something else`);
  await cache.put(address, answer);
}

/**
 * Let go of what is kept under an address: it proved to be something else, or is out of date.
 * @param {string} address
 */
export async function dropKept(address) {
  if (!("caches" in globalThis)) return;
  try {
    const names = (await caches.keys()).filter((name) => name.startsWith(`${PREFIX} `));
    await Promise.all(names.map(async (name) => (await caches.open(name)).delete(address)));
  } catch (reason) {
    console.info("shelf: not readable on this device", reason);
  }
}

/**
 * @param {Cache} cache
 * @param {string[]} wanted
 */
async function keepOnly(cache, wanted) {
  const addresses = new Set(wanted.map((address) => new URL(address, location.href).href));
  const others = (await cache.keys()).filter((request) => !addresses.has(request.url));
  await Promise.all(others.map((request) => cache.delete(request)));
}

/**
 * Pages and notes are dropped each by their own names: the service worker, which reaches no notes, may have been first.
 * @param {(name: string) => boolean} isGone
 */
async function discard(isGone) {
  if (!("caches" in globalThis)) return; // a page on plain HTTP has none
  const isOurs = (/** @type {string} */ name) => name.startsWith(`${PREFIX} `) && isGone(name);
  try {
    for (const name of Object.keys(localStorage).filter(isOurs)) localStorage.removeItem(name);
    const pages = (await caches.keys()).filter(isOurs);
    await Promise.all(pages.map((name) => caches.delete(name)));
  } catch (reason) {
    console.info("shelf: this browser keeps nothing", reason);
  }
}

/** Let this device forget the pages of everybody but one rater. @param {string} rater */
export function forgetOthers(rater) {
  return discard((name) => !name.startsWith(`${PREFIX} ${rater} `));
}

/** Let this device forget the pages of everybody. */
export function forgetAll() {
  return discard(() => true);
}

export class Shelf {
  #timer = 0;
  /** @type {Promise<void>} */
  #work = Promise.resolve();
  #isForgotten = false;

  /**
   * @param {object} parts
   * @param {string} parts.rater whom the page was made for
   * @param {string} parts.owner the participation
   * @param {() => (Omit<Sitting, "items"> & {prepared: Prepared[]}) | null} parts.current what is to be kept now;
   *   nothing where another tab rates, or before there was an answer, so that what an earlier page kept lasts until then
   */
  constructor({ rater, owner, current }) {
    this.rater = rater;
    this.name = `${PREFIX} ${rater} ${owner}`;
    this.current = current;
    this.isAble = "caches" in globalThis && "serviceWorker" in navigator;
    if (this.isAble) forgetOthers(rater);
  }

  /**
   * Keep this page, with the files that it is made of at this moment; the page last, so that what is kept is whole.
   * @param {string} script address of the service worker
   */
  async keepPage(script) {
    if (this.isAble) await this.#inTurn(() => this.#keepPage(script));
  }

  /** @param {string} script */
  async #keepPage(script) {
    if (this.#isForgotten) return;
    const address = location.pathname;
    await navigator.serviceWorker.register(script, { updateViaCache: "none" });
    const page = await fetch(address);
    if (!page.ok || page.redirected || page.headers.get("X-Rater") !== this.rater) return;
    const files = filesOf(new DOMParser().parseFromString(await page.clone().text(), "text/html"));
    const cache = await this.#pages();
    await Promise.all(files.map((file) => add(cache, file)));
    await cache.put(address, page);
    await keepOnly(cache, [address, SITTING, ...files]);
  }

  /** Note that something changed: shortly after, what waits is kept and what is done with is dropped. */
  changed() {
    if (!this.isAble || this.#isForgotten || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      this.#inTurn(() => this.#keepSitting());
    }, SETTLE_MS);
  }

  /** @returns {Promise<Sitting | null>} what an earlier page kept, less what has been answered since */
  async sitting() {
    if (!this.isAble) return null;
    try {
      const answer = await (await this.#pages()).match(SITTING);
      return answer ? this.#unanswered(await answer.json()) : null;
    } catch (reason) {
      console.info("shelf: not readable on this device", reason);
      return null;
    }
  }

  /** @param {Sitting} sitting */
  #unanswered(sitting) {
    const answered = new Set(this.#answered);
    return { ...sitting, items: sitting.items.filter(({ assignment }) => !answered.has(assignment)) };
  }

  /**
   * Note at once that this must not come back: the page may be gone before the sitting is written again.
   * @param {number | string} assignment
   */
  noteAnswered(assignment) {
    this.#answered = [...this.#answered, assignment].slice(-ANSWERS_NOTED);
  }

  /** @param {number | string} assignment */
  noteUndone(assignment) {
    this.#answered = this.#answered.filter((each) => each !== assignment);
  }

  /** @returns {(number | string)[]} */
  get #answered() {
    return JSON.parse(readNote(this.name) || "[]");
  }

  set #answered(assignments) {
    if (this.isAble && !this.#isForgotten) writeNote(this.name, JSON.stringify(assignments));
  }

  /** Drop it all, for good. */
  forget() {
    this.#isForgotten = true;
    clearTimeout(this.#timer);
    return this.#inTurn(() => discard((name) => name.startsWith(this.name)));
  }

  async #keepSitting() {
    const now = this.current();
    if (this.#isForgotten || !now) return;
    const { prepared, ...counts } = now;
    const pictures = await this.#pictures();
    const items = prepared.filter(({ picture }) => picture).map(pinned);
    const kept = await Promise.allSettled(items.map((item) => Promise.all(addressesOf(item).map((address) => add(pictures, address)))));
    const whole = items.filter((_, place) => kept[place]?.status === "fulfilled");
    await (await this.#pages()).put(SITTING, new Response(JSON.stringify({ items: whole, ...counts })));
    await keepOnly(pictures, whole.flatMap(addressesOf));
  }

  #pages() {
    return caches.open(this.name);
  }

  #pictures() {
    return caches.open(`${this.name} pictures`);
  }

  /**
   * One write after the other; a full disk is no reason to stop rating.
   * @param {() => Promise<void>} work
   */
  #inTurn(work) {
    this.#work = this.#work.then(work).catch((reason) => console.info("shelf: not kept on this device", reason));
    return this.#work;
  }
}
