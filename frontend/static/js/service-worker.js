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
const KEPT = "pamela "; // as shelf.js names what it keeps, with the rater next

/** @param {string} address */
function kept(address) {
  return caches.match(address, { ignoreVary: true });
}

/**
 * Drop what is kept of everybody but the rater whom the server made a page for: the browser is signed in as them.
 * @param {string} rater their key, or “nobody” once who was here has signed out
 */
async function forgetOthers(rater) {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(KEPT) && !name.startsWith(`${KEPT}${rater} `));
  await Promise.all(others.map((name) => caches.delete(name)));
}

/**
 * The rating page of a study, if that was kept. An address with parameters names a person, perhaps another one.
 * @param {string} address
 */
async function keptPage(address) {
  const { pathname, search } = new URL(address);
  const rating = `${STUDY.exec(pathname)?.[0]}rate/`;
  const page = search ? undefined : await kept(rating);
  return page && pathname !== rating ? Response.redirect(rating) : page;
}

/**
 * The page from the network; without one, what was kept.
 * @param {Request} request
 */
async function pageFor(request) {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(request);
  } catch (error) {
    const page = await keptPage(request.url);
    if (!page) throw error;
    return page;
  }
  const rater = answer.headers.get("X-Rater");
  if (rater) await forgetOthers(rater);
  return answer;
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
  else if (["font", "image", "script", "style"].includes(request.destination)) event.respondWith(fileFor(request));
});
