/** Send files to the server part by part, and go on after whatever breaks in between. */

const PART_BYTES = 4 * 1024 * 1024;
const PART_FILES = 100;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;
const SILENCE_MS = 60_000;
const PASSING = new Set([0, 408, 425, 429, 500, 502, 503, 504]);

/**
 * @typedef {{file: File, kind: string, key: string}} Chosen
 * @typedef {{id: number, file: File, received: number}} Sending
 * @typedef {{sending: Sending, blob: Blob}} Piece
 * @typedef {{files: number, arrived: number, bytes: number, sent: number, waitingMs: number}} Progress
 */

/** What trying again does not help against; the message says what does. */
export class Refusal extends Error {}

/** The person pressed Stop. */
export class Stopped extends Error {}

/** The network or the server failed; the same call may succeed later. */
class Break extends Error {}

/**
 * Puts facts into the places of a sentence.
 * @param {string} sentence
 * @param {Record<string, string>} facts
 */
export function filled(sentence, facts) {
  return sentence.replaceAll(/\{(\w+)\}/g, (place, name) => facts[name] ?? place);
}

/**
 * Gives the files that were chosen, each once, under a key by which they are known again after a reload.
 * @param {Iterable<[string, FileList]>} lists files by what they are for
 * @returns {Chosen[]}
 */
export function chosenFiles(lists) {
  /** @type {Map<string, Chosen>} */
  const chosen = new Map();
  for (const [kind, files] of lists) {
    for (const file of files) {
      const key = `${kind}/${file.lastModified}/${file.size}/${file.name}`;
      chosen.set(key, { file, kind, key });
    }
  }
  return [...chosen.values()];
}

/** One upload, from the announcement of its files to the page of what becomes of them. */
export class PartedUpload {
  /**
   * @param {Chosen[]} chosen
   * @param {{announce: string, token: string, settings: Record<string, string>, words: Record<string, string>}} form
   *   where to announce the files, the form's CSRF token, what it says beside the files, and the page's words
   * @param {(progress: Progress) => void} onProgress
   */
  constructor(chosen, form, onProgress) {
    this.chosen = chosen;
    this.form = form;
    this.onProgress = onProgress;
    /** @type {Sending[]} */
    this.sendings = [];
    this.stopping = new AbortController();
  }

  /** Ends it after what is under way; what has arrived stays on the server. */
  stop() {
    this.stopping.abort();
  }

  /**
   * Sends whatever has not arrived yet, and hands it over.
   * @returns {Promise<string>} the address of the upload's page
   */
  async run() {
    const announced = await this.persist(() => this.post(this.form.announce, announcement(this.chosen)), []);
    this.sendings = this.chosen.map(({ file }, place) => {
      const [id, received] = announced.files[place];
      return { id, file, received };
    });
    this.show(0);
    for (let part = this.nextPart(); part.length; part = this.nextPart()) await this.send(announced.receive, part);
    const finished = await this.persist(() => this.post(announced.finish, formBody(this.form.settings)), []);
    return finished.url;
  }

  /** @returns {Piece[]} the next pieces to send, of at most so many files and bytes */
  nextPart() {
    /** @type {Piece[]} */
    const part = [];
    let room = PART_BYTES;
    for (const sending of this.sendings) {
      const { file, received } = sending;
      if (received >= file.size) continue;
      if (part.length >= PART_FILES || room <= 0 || (part.length && file.size - received > room)) break;
      const blob = file.slice(received, received + room);
      room -= blob.size;
      part.push({ sending, blob });
    }
    return part;
  }

  /**
   * Sends pieces; the answer says how much of their files has arrived.
   * @param {string} url
   * @param {Piece[]} part
   */
  async send(url, part) {
    const answer = await this.persist(() => this.post(url, partBody(part)), part);
    const received = new Map(answer.files);
    for (const { sending } of part) sending.received = Number(received.get(sending.id) ?? sending.received);
    this.show(0);
  }

  /**
   * Calls until an answer comes, waiting longer each time, but no longer than until the network is back.
   * @param {() => Promise<any>} call
   * @param {Piece[]} part what it sends
   */
  async persist(call, part) {
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof Break)) throw error;
        await refuseUnreadable(part, this.form.words);
        this.show(0, wait);
        await this.pause(wait);
      }
    }
  }

  /** @param {number} wait */
  async pause(wait) {
    const { signal } = this.stopping;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      for (const [target, name] of /** @type {[EventTarget, string][]} */ ([[window, "online"], [signal, "abort"]])) {
        target.addEventListener(name, () => (clearTimeout(timer), resolve(undefined)), { once: true });
      }
    });
    if (signal.aborted) throw new Stopped();
  }

  /**
   * @param {number} underway bytes of the part that is being sent
   * @param {number} waitingMs until the next try, if the last one failed
   */
  show(underway, waitingMs = 0) {
    const all = this.sendings;
    this.onProgress({
      files: this.chosen.length,
      arrived: all.filter(({ file, received }) => received >= file.size).length,
      bytes: this.chosen.reduce((sum, { file }) => sum + file.size, 0),
      sent: all.reduce((sum, { received }) => sum + received, underway),
      waitingMs,
    });
  }

  /**
   * @param {string} url
   * @param {FormData} body
   * @returns {Promise<any>}
   */
  post(url, body) {
    const { signal } = this.stopping;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new Stopped());
      const request = new XMLHttpRequest();
      const stop = () => request.abort();
      const alive = watchdog(() => (reject(new Break()), request.abort()));
      signal.addEventListener("abort", stop);
      request.upload.addEventListener("progress", (event) => {
        alive();
        if (this.sendings.length) this.show(event.loaded);
      });
      request.addEventListener("load", () => settle(request, this.form.words, resolve, reject));
      request.addEventListener("error", () => reject(new Break()));
      request.addEventListener("abort", () => reject(new Stopped()));
      request.addEventListener("loadend", () => (alive(0), signal.removeEventListener("abort", stop)));
      request.open("POST", url);
      request.setRequestHeader("X-CSRFToken", this.form.token);
      request.setRequestHeader("Accept", "application/json");
      request.send(body);
    });
  }
}

/**
 * Acts when a connection is silent for too long.
 * @param {() => void} act
 * @returns {(ms?: number) => void} to be called at each sign of life, and with 0 at the end
 */
function watchdog(act) {
  let timer = setTimeout(act, SILENCE_MS);
  return (ms = SILENCE_MS) => {
    clearTimeout(timer);
    if (ms) timer = setTimeout(act, ms);
  };
}

/**
 * Sorts an answer: what was asked for, what may succeed later, and what does not.
 * @param {XMLHttpRequest} request
 * @param {Record<string, string>} words
 * @param {(answer: any) => void} resolve
 * @param {(error: Error) => void} reject
 */
function settle(request, words, resolve, reject) {
  const isJson = (request.getResponseHeader("Content-Type") ?? "").startsWith("application/json");
  if (request.status === 200 && isJson) return resolve(JSON.parse(request.responseText));
  if (isJson) return reject(new Refusal(JSON.parse(request.responseText).message));
  if (PASSING.has(request.status)) return reject(new Break());
  const reason = request.status === 200 ? words.signed_out : words.refused;
  return reject(new Refusal(filled(reason, { status: String(request.status) })));
}

/**
 * @param {Chosen[]} chosen
 * @returns {FormData}
 */
function announcement(chosen) {
  const rows = chosen.map(({ file, kind, key }) => ({ key, kind, name: file.name, size: file.size }));
  const body = new FormData();
  body.append("announced", new Blob([JSON.stringify(rows)], { type: "application/json" }), "announced.json");
  return body;
}

/**
 * @param {Record<string, string>} settings
 * @returns {FormData}
 */
function formBody(settings) {
  const body = new FormData();
  for (const [name, value] of Object.entries(settings)) body.append(name, value);
  return body;
}

/**
 * @param {Piece[]} part
 * @returns {FormData}
 */
function partBody(part) {
  const body = new FormData();
  body.append("places", JSON.stringify(part.map(({ sending }) => [sending.id, sending.received])));
  for (const { blob } of part) body.append("pieces", blob, "piece");
  return body;
}

/**
 * A file that was moved or changed since it was chosen looks like a broken network.
 * @param {Piece[]} part
 * @param {Record<string, string>} words
 */
async function refuseUnreadable(part, words) {
  for (const { sending, blob } of part) {
    try {
      await blob.slice(0, 1).arrayBuffer();
    } catch {
      throw new Refusal(filled(words.moved, { name: sending.file.name }));
    }
  }
}
