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
    await settled(this.#objects("readwrite").put(entry));
  }

  /** @param {number} seq */
  async remove(seq) {
    await settled(this.#objects("readwrite").delete(seq));
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
