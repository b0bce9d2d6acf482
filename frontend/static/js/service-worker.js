/**
 * Bring a rater's pages back without a network: what `shelf.js` kept on this device stands in for the server.
 *
 * Pages are asked of the network first and come from the device only where no answer arrives, so none is ever
 * stale. What can be read from a file's name never changes under that name: it comes from the device first.
 */

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** Static files named after their content, and pictures under random names: `x.0123456789ab.js`, `…0123-480.webp`. */
const NEVER_CHANGES = /[./][0-9a-f]{12,32}(-\d+)?\.\w+$/;
const STUDY = /^\/s\/[^/]+\//;
const LIKE_KEPT = { ignoreSearch: true, ignoreVary: true };

/** @param {string} address */
function kept(address) {
  return caches.match(address, { ignoreVary: true });
}

/**
 * The page from the network; without one, the rating page of its study, if that was kept.
 * @param {Request} request
 */
async function pageFor(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const { pathname } = new URL(request.url);
    const rating = `${STUDY.exec(pathname)?.[0]}rate/`;
    const page = await caches.match(rating, LIKE_KEPT);
    if (!page) throw error;
    return pathname === rating ? page : Response.redirect(rating);
  }
}

/** @param {Request} request */
async function fileFor(request) {
  if (NEVER_CHANGES.test(new URL(request.url).pathname)) return (await kept(request.url)) ?? fetch(request);
  try {
    return await fetch(request);
  } catch (error) {
    const file = await kept(request.url);
    if (!file) throw error;
    return file;
  }
}

worker.addEventListener("install", () => worker.skipWaiting());

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(pageFor(request));
  else if (["image", "script", "style"].includes(request.destination)) event.respondWith(fileFor(request));
});
