/** Name a trace with each call, and say with the next one how long it took. On pages of a site that keeps traces, only. */
import { Api } from "./api.js";

const MOST_SPANS = 8; // of one header
const LONGEST_MS = 9_999_999;

/** @type {{ids: string, took: number, ended: number, status: number}[]} */
const finished = [];

/** @param {number} bytes */
function randomHex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {number} ms */
function whole(ms) {
  return Math.min(Math.round(ms), LONGEST_MS);
}

function reported() {
  const now = performance.now();
  return finished
    .splice(0, MOST_SPANS)
    .map(({ ids, took, ended, status }) => `${ids}-${whole(took)}-${whole(now - ended)}-${status}`)
    .join(",");
}

Api.beginSpan = () => {
  const ids = `${randomHex(16)}-${randomHex(8)}`;
  const began = performance.now();
  const spans = reported();
  return {
    headers: { traceparent: `00-${ids}-01`, ...(spans && { "X-Browser-Spans": spans }) },
    end(status) {
      const ended = performance.now();
      finished.push({ ids, took: ended - began, ended, status });
    },
  };
};
