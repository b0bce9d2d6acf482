/** Notice that the author changed what the page says, or what raters agree to. */

import { dropKept } from "./shelf.js";

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./types.js").LeaseReply} LeaseReply */

/**
 * Note something in this tab.
 * @param {string} key
 * @param {string} text
 * @returns {boolean} whether it was not noted before; in a browser that keeps no notes nothing is news
 */
function isNews(key, text) {
  try {
    const isKnown = sessionStorage.getItem(key) === text;
    sessionStorage.setItem(key, text);
    return !isKnown;
  } catch (reason) {
    console.info("texts: nothing can be noted in this tab", reason);
    return false;
  }
}

/**
 * Read the page again where the study has other texts than it shows, once for each change: unsent answers wait in
 * the outbox meanwhile.
 * @param {Config} config
 * @param {number | null} texts key of the version that is to be shown
 */
async function reloadForNewTexts(config, texts) {
  if (texts === config.texts || !isNews(`texts-of-${config.slug}`, String(texts))) return;
  await dropKept(location.pathname); // on a slow network the page that is kept would come back
  location.reload();
}

/**
 * Lease as the server does, and lead to new texts, a new consent, a check of the eyes or what is wrong with the device.
 * @param {Config} config
 * @param {(count: number) => Promise<LeaseReply>} lease
 * @returns {(count: number) => Promise<LeaseReply>}
 */
export function watchTexts(config, lease) {
  return async (count) => {
    try {
      const reply = await lease(count);
      await reloadForNewTexts(config, reply.texts);
      return reply;
    } catch (error) {
      const { code } = /** @type {{code?: string}} */ (error);
      if (code === "consent_changed") location.assign(config.consent_url);
      if (code === "vision_check_needed") location.assign(config.vision_url);
      if (code === "device_changed") location.assign(config.device_url);
      throw error;
    }
  };
}
