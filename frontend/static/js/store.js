/**
 * Keep a rater's work on this device in IndexedDB, or in memory where the browser refuses it: what waits to be sent,
 * and the last answers, so that they can be changed after a reload, too.
 */

/** @typedef {import("./types.js").Entry} Entry */

/**
 * @typedef {object} Past one answer that was given
 * @property {any} item what it was about
 * @property {string} nonce of the answer that stands
 * @property {import("./types.js").Said} said
 * @property {string} caption what the picture was called
 */

const DATABASE = "pamela";
const STORE = "outbox";
const HISTORY = "pamela-history";
const ANSWERS = "answers";
const OPENS_WITHIN_MS = 3_000;

/**
 * Read a short note of this browser's.
 * @param {string} name
 * @returns {string} empty where there is none, or where the browser keeps none
 */
export function readNote(name) {
  try {
    return localStorage.getItem(name) ?? "";
  } catch (reason) {
    console.info("notes: not readable on this device", reason);
    return "";
  }
}

/**
 * Keep a short note in this browser, if it takes any: it may be full, or refuse.
 * @param {string} name
 * @param {string} text
 */
export function writeNote(name, text) {
  try {
    localStorage.setItem(name, text);
  } catch (reason) {
    console.info("notes: not kept on this device", reason);
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Open a database, or fail where the browser does not say in time whether it has any.
 * @param {string} name of the database
 * @param {string} store the one in it
 * @param {{keyPath: string, index?: string}} keys
 * @returns {Promise<IDBDatabase>}
 */
function openDatabase(name, store, { keyPath, index }) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    const objects = request.result.createObjectStore(store, { keyPath });
    if (index) objects.createIndex(index, index);
  };
  return new Promise((resolve, reject) => {
    settled(request).then(resolve, reject);
    setTimeout(() => reject(new Error(`${name} does not open`)), OPENS_WITHIN_MS);
  });
}

class DatabaseStore {
  isLasting = true;

  /** @param {IDBDatabase} database */
  constructor(database) {
    this.database = database;
  }

  /**
   * @param {string} owner
   * @returns {Promise<Entry[]>} in the order they were made
   */
  async all(owner) {
    return settled(this.#objects("readonly").index("owner").getAll(owner));
  }

  /** @param {Entry} entry */
  async put(entry) {
    await this.#write((objects) => objects.put(entry));
  }

  /** @param {number} seq */
  async remove(seq) {
    await this.#write((objects) => objects.delete(seq));
  }

  /**
   * Write and commit in one go: left to commit by itself, a write is undone when the page goes a moment later.
   * @param {(objects: IDBObjectStore) => IDBRequest} change
   */
  async #write(change) {
    const objects = this.#objects("readwrite");
    const request = change(objects);
    objects.transaction.commit();
    await settled(request);
  }

  /** @param {IDBTransactionMode} mode */
  #objects(mode) {
    return this.database.transaction(STORE, mode, { durability: "relaxed" }).objectStore(STORE);
  }
}

/** Nothing is kept beyond the page, but rating works; some private windows need it. */
class MemoryStore {
  isLasting = false;

  async all() {
    return /** @type {Entry[]} */ ([]);
  }
  async put() {}
  async remove() {}
}

/** @returns {Promise<DatabaseStore | MemoryStore>} */
export async function openStore() {
  try {
    return new DatabaseStore(await openDatabase(DATABASE, STORE, { keyPath: "seq", index: "owner" }));
  } catch {
    return new MemoryStore();
  }
}

/** @type {Promise<IDBDatabase> | null} */
let history = null;

/** @returns {Promise<IDBDatabase>} */
function opened() {
  history ??= openDatabase(HISTORY, ANSWERS, { keyPath: "owner" });
  return history;
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(objects: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T | null>} null where the browser keeps nothing
 */
async function inStore(mode, act) {
  try {
    const objects = (await opened()).transaction(ANSWERS, mode, { durability: "relaxed" }).objectStore(ANSWERS);
    const request = act(objects);
    if (mode === "readwrite") objects.transaction.commit(); // else it is undone when the page goes a moment later
    return await settled(request);
  } catch (reason) {
    console.info("history: not kept on this device", reason);
    return null;
  }
}

/**
 * Read what is kept of a participation, and drop what is kept of other raters.
 * @param {string} rater
 * @param {string} owner the participation
 * @returns {Promise<Past[]>} oldest first
 */
export async function rememberedAnswers(rater, owner) {
  const kept = (await inStore("readonly", (objects) => objects.getAll())) ?? [];
  for (const other of kept) if (other.rater !== rater) await forgetAnswers(other.owner);
  return kept.find((each) => each.rater === rater && each.owner === owner)?.answers ?? [];
}

/**
 * @param {string} rater
 * @param {string} owner
 * @param {Past[]} answers
 */
export async function rememberAnswers(rater, owner, answers) {
  await inStore("readwrite", (objects) => objects.put({ owner, rater, answers }));
}

/** @param {string} owner */
export async function forgetAnswers(owner) {
  await inStore("readwrite", (objects) => objects.delete(owner));
}
