// Follows work that goes on in the background: asks every two seconds, and reloads the page once when it has ended.

const INTERVAL_MS = 2000;
const LONGEST_INTERVAL_MS = 30000;

/**
 * @typedef {{state: string, label: string, percent: number, stage: string, log: string, is_active: boolean}} Facts
 */

/**
 * Writes what is known of the work into its element.
 * @param {Element} root
 * @param {Facts} facts
 */
function show(root, facts) {
  const bar = /** @type {HTMLElement | null} */ (root.querySelector("[data-progress-bar]"));
  if (bar) bar.style.width = `${facts.percent}%`;
  write(root, "[data-progress-percent]", `${Math.round(facts.percent)}%`);
  write(root, "[data-progress-stage]", facts.stage);
  write(root, "[data-progress-state]", facts.label);
  const log = root.querySelector("[data-progress-log]");
  if (log && log.textContent !== facts.log) {
    log.textContent = facts.log;
    log.scrollTop = log.scrollHeight;
  }
}

/**
 * @param {Element} root
 * @param {string} selector
 * @param {string} text
 */
function write(root, selector, text) {
  for (const element of root.querySelectorAll(selector)) element.textContent = text;
}

/**
 * Asks until the work has ended; after a failure it waits longer each time.
 * @param {Element} root
 * @param {string} url
 */
async function follow(root, url) {
  let wait = INTERVAL_MS;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (document.hidden) continue;
    try {
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      /** @type {Facts} */
      const facts = await answer.json();
      show(root, facts);
      if (!facts.is_active) return location.reload();
      wait = INTERVAL_MS;
    } catch {
      wait = Math.min(wait * 2, LONGEST_INTERVAL_MS);
    }
  }
}

for (const root of document.querySelectorAll("[data-progress-url]")) {
  follow(root, /** @type {string} */ (root.getAttribute("data-progress-url")));
}
