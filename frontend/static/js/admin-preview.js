// Shows a text of a study's form as raters will read it, beside the form and before anything is saved.

/**
 * Puts a button and a frame below a text.
 * @param {HTMLTextAreaElement} field
 */
function offerPreview(field) {
  const button = document.createElement("button");
  const frame = document.createElement("iframe");
  button.type = "button";
  button.className = "admin-preview-button";
  button.textContent = "Preview";
  button.setAttribute("aria-label", `Preview of ${field.name}`);
  button.setAttribute("aria-expanded", "false");
  frame.className = "admin-preview";
  frame.title = `${field.name} as raters read it`;
  frame.setAttribute("sandbox", "allow-popups allow-same-origin");
  frame.hidden = true;
  field.after(button, frame);
  button.addEventListener("click", () => toggle(field, button, frame));
}

/**
 * @param {HTMLTextAreaElement} field
 * @param {HTMLButtonElement} button
 * @param {HTMLIFrameElement} frame
 */
async function toggle(field, button, frame) {
  const isOpen = frame.hidden;
  if (isOpen) frame.srcdoc = await rendered(field);
  frame.hidden = !isOpen;
  button.textContent = isOpen ? "Close the preview" : "Preview";
  button.setAttribute("aria-expanded", String(isOpen));
}

/**
 * @param {HTMLTextAreaElement} field
 * @returns {Promise<string>} a page, or a sentence that says why there is none
 */
async function rendered(field) {
  if (!field.form) return "";
  const body = new FormData(field.form);
  body.append("preview", field.name);
  body.append("previewed_study", field.dataset.study ?? "");
  const reply = await fetch(field.dataset.preview ?? "", { method: "POST", body }).catch(() => null);
  return reply?.ok ? reply.text() : "The server gave no preview: check the connection, and that you are signed in.";
}

for (const field of document.querySelectorAll("textarea[data-preview]")) {
  if (field instanceof HTMLTextAreaElement) offerPreview(field);
}
