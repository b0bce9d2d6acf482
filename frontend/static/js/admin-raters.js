// Offers raters while a name is typed into a field for raters, also into one that a dialog brings later.

const WAIT_MS = 200;
const SHOWN = 10;

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting;

/**
 * Gives the element that holds a field's suggestions, made where it is not there yet.
 * @param {HTMLInputElement} field
 */
function listOf(field) {
  const id = field.getAttribute("list") ?? "rater-suggestions";
  const known = document.getElementById(id);
  if (known) return known;
  const made = document.createElement("datalist");
  made.id = id;
  field.after(made);
  return made;
}

/**
 * Asks for raters that the last word may mean, and offers each behind the words before it.
 * @param {HTMLInputElement} field
 */
async function suggest(field) {
  const [, before, word] = /^(.*?)([^\s,]*)$/s.exec(field.value) ?? ["", "", ""];
  if (!word) return;
  const answer = await fetch(`${field.dataset.raters}&term=${encodeURIComponent(word)}`);
  if (!answer.ok) return; // suggestions are an extra: the name is checked when the form is sent
  const { results } = /** @type {{results: {text: string}[]}} */ (await answer.json());
  const names = [...new Set(results.map(({ text }) => text))].slice(0, SHOWN);
  listOf(field).replaceChildren(
    ...names.map((name) => {
      const option = document.createElement("option");
      option.value = before + name;
      return option;
    }),
  );
}

document.addEventListener("input", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.dataset.raters) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => suggest(field), WAIT_MS);
});
