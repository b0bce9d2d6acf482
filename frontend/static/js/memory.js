/** Keep the last answers of a rater on this device, so that they can be changed after a reload, too. */

/**
 * @typedef {object} Past one answer that was given
 * @property {any} item what it was about
 * @property {string} nonce of the answer that stands
 * @property {import("./types.js").Said} said
 * @property {string} caption what the picture was called
 */

const DATABASE = "pamela-history";
const STORE = "answers";

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

/** @type {Promise<IDBDatabase> | null} */
let database = null;

/** @returns {Promise<IDBDatabase>} */
function opened() {
  database ??= openDatabase();
  return database;
}

function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "owner" });
  return settled(request);
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(objects: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T | null>} null where the browser keeps nothing
 */
async function inStore(mode, act) {
  try {
    const objects = (await opened()).transaction(STORE, mode, { durability: "relaxed" }).objectStore(STORE);
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
