/** Notice that the author changed what the page says, or what raters agree to. */

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./types.js").LeaseReply} LeaseReply */

/**
 * Read the page again where the study has other texts than it shows, once for each change: unsent answers wait in
 * the outbox meanwhile.
 * @param {Config} config
 * @param {number | null} texts key of the version that is to be shown
 */
function reloadForNewTexts(config, texts) {
  const key = `texts-of-${config.slug}`;
  if (texts === config.texts || sessionStorage.getItem(key) === String(texts)) return;
  sessionStorage.setItem(key, String(texts));
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
      reloadForNewTexts(config, reply.texts);
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
