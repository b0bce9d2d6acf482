/** Write down one answer with the circumstances in which it was given. */

/** @typedef {import("./types.js").RatingBody} RatingBody */

/** A view that was left open for longer says nothing more than this. */
const LONGEST_VIEW_MS = 24 * 3600 * 1000;

/** A random UUID; crypto.randomUUID exists on secure origins only, a phone on the local network has none. */
export function newNonce() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The fields of an answer in which what was said is sent. @param {import("./types.js").Said} said */
function fieldsOf(said) {
  if (typeof said === "number") return { value: said };
  return typeof said === "string" ? { choice: said } : said;
}

/**
 * @param {object} answer
 * @param {string} answer.nonce
 * @param {{assignment: number | string}} answer.item
 * @param {import("./types.js").Said} answer.said
 * @param {number} answer.responseMs
 * @param {{width: number, height: number}} answer.shown
 * @param {{surround: string, largest_zoom: number, prompt_language?: string}} [answer.display] how the picture was presented
 * @returns {RatingBody}
 */
export function answerBody({ nonce, item, said, responseMs, shown, display }) {
  return {
    nonce,
    assignment: item.assignment,
    ...fieldsOf(said),
    response_ms: Math.min(responseMs, LONGEST_VIEW_MS),
    client: {
      viewport_width: innerWidth,
      viewport_height: innerHeight,
      pixel_ratio: devicePixelRatio,
      shown_width: shown.width,
      shown_height: shown.height,
      ...display,
      rated_at: new Date().toISOString(),
    },
  };
}
