// Shows what was chosen and how much of it is sent; without this script the form works as a plain one.

/**
 * @param {number} bytes
 * @returns {string}
 */
function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * Says how many files were chosen.
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} input
 */
function describe(form, input) {
  const files = [...(input.files ?? [])];
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const chosen = form.querySelector("[data-chosen]");
  if (chosen) chosen.textContent = files.length ? `${files.length} file${files.length > 1 ? "s" : ""}, ${size(total)}` : "";
}

/**
 * Sends the form and shows how far it is; then the page of the work on them follows, or this one with what is wrong.
 * @param {HTMLFormElement} form
 */
function send(form) {
  const panel = /** @type {HTMLElement} */ (form.querySelector("[data-sending]"));
  const bar = /** @type {HTMLElement} */ (form.querySelector("[data-sent]"));
  const text = /** @type {HTMLElement} */ (form.querySelector("[data-sending-text]"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button[type=submit]"));
  const request = new XMLHttpRequest();
  /** @param {string} reason */
  const fail = (reason) => {
    text.textContent = `${reason} Nothing is lost: upload again, what arrived is skipped.`;
    button.disabled = false;
  };
  panel.hidden = false;
  button.disabled = true;
  request.upload.addEventListener("progress", (event) => {
    const share = event.loaded / event.total;
    bar.style.width = `${100 * share}%`;
    text.textContent = share < 1 ? `Sending: ${size(event.loaded)} of ${size(event.total)}` : "Storing the pictures…";
  });
  request.addEventListener("load", () => {
    if (request.status === 200 && request.responseURL !== location.href) return location.assign(request.responseURL);
    const answer = new DOMParser().parseFromString(request.responseText, "text/html").getElementById("content");
    const content = document.getElementById("content");
    if (request.status !== 200 || !answer || !content) return fail(`The server answered with status ${request.status}.`);
    content.replaceChildren(...answer.childNodes);
    watch();
    scrollTo({ top: 0 });
  });
  request.addEventListener("error", () => fail("The connection broke."));
  request.open("POST", location.href);
  request.send(new FormData(form));
}

/**
 * Lets files be dropped onto the form.
 * @param {HTMLFormElement} form
 * @param {HTMLInputElement} input
 */
function takeDrops(form, input) {
  const drop = /** @type {HTMLElement} */ (form.querySelector("[data-drop]"));
  for (const name of ["dragenter", "dragover"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.dataset.over = "yes";
    });
  }
  drop.addEventListener("dragleave", () => delete drop.dataset.over);
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    delete drop.dataset.over;
    if (!event.dataTransfer) return;
    input.files = event.dataTransfer.files;
    describe(form, input);
  });
}

/** Wires the upload form of the page. */
function watch() {
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-upload]"));
  const input = /** @type {HTMLInputElement | null} */ (form?.querySelector("input[type=file][multiple]") ?? null);
  if (!form || !input) return;
  for (const one of form.querySelectorAll("input[type=file]")) {
    Object.assign(one, { hasChangeListener: true }); // or the admin's own script looks for markup that is not here
  }
  input.addEventListener("change", () => describe(form, input));
  takeDrops(form, input);
  form.addEventListener("submit", (event) => {
    if (!form.reportValidity()) return;
    event.preventDefault();
    send(form);
  });
}

watch();
