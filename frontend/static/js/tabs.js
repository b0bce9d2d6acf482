/** Let one tab at a time rate: the holder of a named lock, which another tab may take over. */

/**
 * @param {string} name
 * @param {LockOptions} options
 * @param {() => void} onLost
 * @returns {Promise<boolean>} whether this tab holds the lock now
 */
function hold(name, options, onLost) {
  return new Promise((resolve) => {
    const kept = navigator.locks.request(name, options, (lock) => {
      resolve(lock !== null);
      return lock === null ? undefined : new Promise(() => {});
    });
    kept.catch(onLost);
  });
}

/**
 * @param {string} owner
 * @param {() => void} onLost another tab took over
 * @returns {Promise<boolean>}
 */
export async function claimTab(owner, onLost) {
  if (!navigator.locks) return true;
  return hold(`pamela-rating-${owner}`, { ifAvailable: true }, onLost);
}

/**
 * @param {string} owner
 * @param {() => void} onLost
 * @returns {Promise<boolean>}
 */
export async function takeOverTab(owner, onLost) {
  return hold(`pamela-rating-${owner}`, { steal: true }, onLost);
}
