/** Keep outbox entries in IndexedDB, or in memory where the browser refuses it. */

/** @typedef {import("./types.js").Entry} Entry */

const DATABASE = "pamela";
const STORE = "outbox";

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

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(STORE, { keyPath: "seq" }).createIndex("owner", "owner");
  };
  return settled(request);
}

class DatabaseStore {
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
  async all() {
    return /** @type {Entry[]} */ ([]);
  }
  async put() {}
  async remove() {}
}

/** @returns {Promise<DatabaseStore | MemoryStore>} */
export async function openStore() {
  try {
    return new DatabaseStore(await openDatabase());
  } catch {
    return new MemoryStore();
  }
}
