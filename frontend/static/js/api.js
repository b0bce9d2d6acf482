/** Talk to the server: one class for the calls, one error for all that can go wrong. */

/** @typedef {import("./types.js").LeaseReply} LeaseReply */
/** @typedef {import("./types.js").BatchResult} BatchResult */
/** @typedef {import("./types.js").RatingBody} RatingBody */

const TIMEOUT_MS = 20_000;

/** Where studies have their calls, by what raters give: ratings of a picture, or choices among several. */
const PATHS = {
  ratings: {
    leases: (/** @type {string} */ slug) => `studies/${slug}/leases`,
    answers: "ratings",
    skip: (/** @type {number | string} */ assignment) => `assignments/${assignment}/skip`,
  },
  choices: {
    leases: (/** @type {string} */ slug) => `studies/${slug}/pairs/leases`,
    answers: "choices",
    skip: (/** @type {number | string} */ assignment) => `pairs/${assignment}/skip`,
  },
};

/** @type {Record<string, "paused" | "closed" | undefined>} */
const STOPS = { study_paused: "paused", study_closed: "closed" };
const LONGEST_PAUSE_MS = 3_600_000; // whatever a proxy says

/** @param {number} status */
function isPassing(status) {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

export class ApiError extends Error {
  /**
   * @param {number} status 0 when no answer came
   * @param {string} code
   * @param {string} message
   * @param {number} retryAfterMs 0 when the server named no time
   */
  constructor(status, code, message, retryAfterMs = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether the same call may succeed later, unchanged. */
  get isPassing() {
    return isPassing(this.status);
  }

  get isSignedOut() {
    return this.status === 401 || (this.status === 403 && this.code !== "foreign_assignment");
  }

  /** What ended the rater's session here: nothing did, the server knows nobody, or it knows somebody else. */
  get ending() {
    if (!this.isSignedOut) return null;
    return this.code === "other_rater" ? "other-rater" : "signed-out";
  }

  /** Why rating stops here, if it does: the session has ended, or the study is paused or closed. */
  get stop() {
    return this.ending ?? STOPS[this.code] ?? null;
  }
}

/** @param {string} name */
function cookie(name) {
  const pair = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : "";
}

function csrfToken() {
  const meta = document.querySelector("meta[name=csrf-token]");
  return cookie("csrftoken") || meta?.getAttribute("content") || "";
}

/**
 * Refuse what a captive portal or a proxy gave in the server's place, which says all in JSON: nothing has arrived.
 * @param {Response} response
 */
function fromServer(response) {
  const isData = response.status === 204 || response.headers.get("Content-Type")?.startsWith("application/json");
  if (!isData && !isPassing(response.status)) throw new TypeError("something else in place of an answer");
  return response;
}

/**
 * The server's error, which has a code; a refusal without one is none of its.
 * @param {Response} response
 */
async function errorFrom(response) {
  const body = await response.json().catch(() => null);
  const code = body?.code;
  if (typeof code !== "string" && !isPassing(response.status)) return new ApiError(0, "network", "");
  return new ApiError(response.status, code ?? "unknown", body?.message ?? "", pauseMs(response));
}

/**
 * How long the server wants to hear nothing: it names seconds, and some proxies an hour of the day.
 * @param {Response} response
 */
function pauseMs(response) {
  const named = response.headers.get("Retry-After") ?? "";
  const until = Date.parse(named) - Date.parse(response.headers.get("Date") ?? "");
  return Math.min(LONGEST_PAUSE_MS, Math.max(0, Number(named) * 1000 || until || 0));
}

/**
 * How far the server's clock is ahead of the page's own, which nobody can set.
 * @param {Response} response
 */
function serverAheadMs(response) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  return (Number.isNaN(date) ? Date.now() : date) - performance.now();
}

/** @typedef {{headers: Record<string, string>, end: (status: number) => void}} Span */

export class Api {
  /** Begins the span of a call: `traces.js` replaces it where a site keeps traces. @type {() => Span} */
  static beginSpan = () => ({ headers: {}, end() {} });

  /**
   * @param {string} base such as /api/v1
   * @param {keyof typeof PATHS} calls what raters of the study give
   * @param {string} rater whom the page was made for: the server refuses what it would take for somebody else's
   */
  constructor(base, calls, rater) {
    this.base = base.replace(/\/$/, "");
    this.rater = rater;
    this.isReachable = true;
    /** @type {(isReachable: boolean) => void} */
    this.onReach = () => {};
    this.paths = PATHS[calls];
  }

  /**
   * @param {string} slug
   * @param {number} count
   * @returns {Promise<LeaseReply>}
   */
  async lease(slug, count) {
    const { device } = document.documentElement.dataset; // `stated_device.js` has measured it
    const response = await this.send("POST", this.paths.leases(slug), device ? { count, device: JSON.parse(device) } : { count });
    return { ...(await this.#said(response, "items")), server_ahead_ms: serverAheadMs(response) };
  }

  /**
   * Give back all that is leased and not rated.
   * @param {string} slug
   */
  async leave(slug) {
    await this.#said(await this.send("DELETE", this.paths.leases(slug)), "returned");
  }

  /**
   * @param {RatingBody[]} bodies
   * @param {{keepalive?: boolean}} options keepalive lets the call outlive the page
   * @returns {Promise<BatchResult[]>}
   */
  async rate(bodies, { keepalive = false } = {}) {
    const response = await this.send("POST", `${this.paths.answers}/batch`, bodies, keepalive);
    return (await this.#said(response, "results")).results;
  }

  /** @param {string} nonce */
  async undo(nonce) {
    await this.#said(await this.send("DELETE", `${this.paths.answers}/${nonce}`), "assignment");
  }

  /**
   * @param {number | string} assignment
   * @param {string} reason
   */
  async skip(assignment, reason) {
    await this.#said(await this.send("POST", this.paths.skip(assignment), { reason }), "skipped");
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {boolean} [keepalive]
   */
  async send(method, path, body, keepalive = false) {
    const span = Api.beginSpan();
    const call = {
      credentials: /** @type {const} */ ("same-origin"),
      method,
      keepalive,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "Accept-Language": document.documentElement.lang,
        "X-CSRFToken": csrfToken(),
        "X-Rater": this.rater,
        ...span.headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    const response = await this.#arriving(fetch(`${this.base}/${path}`, call).then(fromServer));
    span.end(response.status);
    if (response.ok) return response;
    const error = await errorFrom(response);
    if (error.status === 0) this.reach(false);
    throw error;
  }

  /**
   * What an answer says, which names what was asked for: anything else is somebody else's.
   * @param {Response} response
   * @param {string} name
   */
  #said(response, name) {
    const said = response.json().then((body) => {
      if (body?.[name] === undefined) throw new TypeError(`an answer without ${name}`);
      return body;
    });
    return this.#arriving(said);
  }

  /** @param {boolean} isReachable whether the server answered the last request */
  reach(isReachable) {
    if (isReachable === this.isReachable) return;
    this.isReachable = isReachable;
    this.onReach(isReachable);
  }

  /**
   * An answer, or a part of it; the network may fail in the middle of a body, too.
   * @template T
   * @param {Promise<T>} answer
   * @returns {Promise<T>}
   */
  async #arriving(answer) {
    try {
      const arrived = await answer;
      this.reach(true);
      return arrived;
    } catch {
      this.reach(false);
      throw new ApiError(0, "network", "The server cannot be reached.");
    }
  }
}
