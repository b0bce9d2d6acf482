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
const PATIENCE_MS = 4_000; // with a network that does not answer, before the kept rating page stands in
/** @type {Record<string, string>} what the type of such a file says; a captive portal's page in its place has another */
const TYPES = { image: "image/", script: "javascript", style: "css" };

/**
 * What is kept under an address, if this browser keeps anything.
 * @param {string} address
 */
async function kept(address) {
  try {
    return await caches.match(address, { ignoreVary: true });
  } catch (reason) {
    console.info("service worker: nothing can be read on this device", reason);
    return undefined;
  }
}

/**
 * What is kept of a file, unless it is something else; of a bucket's pictures, which are opaque, nobody can tell.
 * @param {Request} request
 */
async function keptFile({ url, destination }) {
  const file = await kept(url);
  const type = file?.headers.get("Content-Type") ?? "";
  return file?.type === "opaque" || type.includes(TYPES[destination] ?? "") ? file : undefined;
}

/**
 * Drop what is kept of everybody but the rater whom the server made a page for: the browser is signed in as them.
 * @param {string} rater their key, or “nobody” once who was here has signed out
 */
async function forgetOthers(rater) {
  try {
    const names = await caches.keys();
    const others = names.filter((name) => name.startsWith(KEPT) && !name.startsWith(`${KEPT}${rater} `));
    await Promise.all(others.map((name) => caches.delete(name)));
  } catch (reason) {
    console.info("service worker: nothing is kept on this device", reason);
  }
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

/** @param {Request} request */
async function fetchPage(request) {
  const answer = await fetch(request);
  const rater = answer.headers.get("X-Rater");
  if (rater) await forgetOthers(rater);
  return answer;
}

/**
 * The page from the network; without one, what was kept.
 * @param {Request} request
 * @param {Promise<Response>} arriving
 */
async function pageFor(request, arriving) {
  try {
    const page = await ratingPage(request.url);
    if (!page) return await arriving;
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, page));
    const answer = await Promise.race([arriving, late]);
    return answer.status < 500 ? answer : page;
  } catch (error) {
    const page = await keptPage(request.url);
    if (!page) throw error;
    return page;
  }
}

/**
 * What is kept of the rating page itself: it may also stand in for a server that is away or does not answer.
 * @param {string} address
 */
async function ratingPage(address) {
  return new URL(address).pathname.endsWith("/rate/") ? keptPage(address) : undefined;
}

/** @param {Request} request */
async function fileFor(request) {
  if (NEVER_CHANGES.test(new URL(request.url).pathname)) return (await keptFile(request)) ?? fetch(request);
  try {
    return await fetch(request);
  } catch (error) {
    const file = await keptFile(request);
    if (!file) throw error;
    return file;
  }
}

/** @param {FetchEvent} event */
function answerPage(event) {
  const arriving = fetchPage(event.request);
  event.respondWith(pageFor(event.request, arriving));
  event.waitUntil(arriving.catch((reason) => console.info("service worker: the page did not arrive", reason)));
}

worker.addEventListener("install", () => worker.skipWaiting());

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") answerPage(event);
  else if (["font", "image", "script", "style"].includes(request.destination)) event.respondWith(fileFor(request));
});
