// Shows a text of a study's form as raters will read it, beside the form and before anything is saved.

/** @typedef {{open: string, close: string, of: string, read: string, failed: string}} Words */

/**
 * Puts a button and a frame below a text.
 * @param {HTMLTextAreaElement} field
 */
function offerPreview(field) {
  /** @type {Words} */
  const words = JSON.parse(field.dataset.previewWords ?? "{}");
  const button = document.createElement("button");
  const frame = document.createElement("iframe");
  button.type = "button";
  button.className = "admin-preview-button";
  button.textContent = words.open;
  button.setAttribute("aria-label", words.of);
  button.setAttribute("aria-expanded", "false");
  frame.className = "admin-preview";
  frame.title = words.read;
  frame.setAttribute("sandbox", "allow-popups allow-same-origin");
  frame.hidden = true;
  field.after(button, frame);
  button.addEventListener("click", () => toggle(field, words, button, frame));
}

/**
 * @param {HTMLTextAreaElement} field
 * @param {Words} words
 * @param {HTMLButtonElement} button
 * @param {HTMLIFrameElement} frame
 */
async function toggle(field, words, button, frame) {
  const isOpen = frame.hidden;
  if (isOpen) frame.srcdoc = await rendered(field, words);
  frame.hidden = !isOpen;
  button.textContent = isOpen ? words.close : words.open;
  button.setAttribute("aria-expanded", String(isOpen));
}

/**
 * @param {HTMLTextAreaElement} field
 * @param {Words} words
 * @returns {Promise<string>} a page, or a sentence that says why there is none
 */
async function rendered(field, words) {
  if (!field.form) return "";
  const body = new FormData(field.form);
  body.append("preview", field.name);
  body.append("previewed_study", field.dataset.study ?? "");
  const reply = await fetch(field.dataset.preview ?? "", { method: "POST", body }).catch(() => null);
  return reply?.ok ? reply.text() : words.failed;
}

for (const field of document.querySelectorAll("textarea[data-preview]")) {
  if (field instanceof HTMLTextAreaElement) offerPreview(field);
}
