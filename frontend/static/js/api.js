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
 * Refuse a page that a captive portal or a proxy gave in the server's place: what was sent has not arrived.
 * @param {Response} response
 */
function fromServer(response) {
  const isPage = response.headers.get("Content-Type")?.startsWith("text/html");
  if (isPage && !isPassing(response.status)) throw new TypeError("a page in place of an answer");
  return response;
}

/** @param {Response} response */
async function errorFrom(response) {
  const body = await response.json().catch(() => ({}));
  const seconds = Number(response.headers.get("Retry-After")) || 0;
  return new ApiError(response.status, body.code ?? "unknown", body.message ?? "", seconds * 1000);
}

/** @param {Response} response */
function serverAheadMs(response) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  return Number.isNaN(date) ? 0 : date - Date.now();
}

export class Api {
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
    return { ...(await this.#arriving(response.json())), server_ahead_ms: serverAheadMs(response) };
  }

  /**
   * Give back all that is leased and not rated.
   * @param {string} slug
   */
  async leave(slug) {
    await this.send("DELETE", this.paths.leases(slug));
  }

  /**
   * @param {RatingBody[]} bodies
   * @param {{keepalive?: boolean}} options keepalive lets the call outlive the page
   * @returns {Promise<BatchResult[]>}
   */
  async rate(bodies, { keepalive = false } = {}) {
    const response = await this.send("POST", `${this.paths.answers}/batch`, bodies, keepalive);
    return (await this.#arriving(response.json())).results;
  }

  /** @param {string} nonce */
  async undo(nonce) {
    await this.send("DELETE", `${this.paths.answers}/${nonce}`);
  }

  /**
   * @param {number | string} assignment
   * @param {string} reason
   */
  async skip(assignment, reason) {
    await this.send("POST", this.paths.skip(assignment), { reason });
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {unknown} [body]
   * @param {boolean} [keepalive]
   */
  async send(method, path, body, keepalive = false) {
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
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    const response = await this.#arriving(fetch(`${this.base}/${path}`, call).then(fromServer));
    if (!response.ok) throw await errorFrom(response);
    return response;
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
