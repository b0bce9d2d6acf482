// Lets keys reach the tabs of a form, which are links without an address.

/** @param {NodeListOf<HTMLElement>} tabs */
function showOpen(tabs) {
  for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.classList.contains("active")));
}

/** @type {NodeListOf<HTMLElement>} */
const tabs = document.querySelectorAll("#content nav > a[x-on\\:click]:not([href])");
for (const tab of tabs) {
  tab.tabIndex = 0;
  tab.setAttribute("role", "button");
  tab.addEventListener("click", () => requestAnimationFrame(() => showOpen(tabs)));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    tab.click();
  });
}
requestAnimationFrame(() => showOpen(tabs));
