// Shows a list in JSON, such as a study's questions, as rows to fill in; the JSON below them is what is sent.
// Where the shape has no name for an entry, the JSON is one entry and no list, such as a study's quotas.

/** @typedef {Record<string, unknown>} Entry */
/** @typedef {{entry: string, fields: Field[]}} Shape */
/** @typedef {"text" | "truth" | "number" | "table" | "counts" | "list"} Kind */
/** @typedef {Shape & {key: string, kind: Kind, label: string, help: string, required: boolean}} Field */
/** @typedef {{entries: Entry[], shape: Shape, at: string, place: string}} Rows what is in a list, and where that is */

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Partial<HTMLElementTagNameMap[T]>} facts
 * @param {(Node | string)[]} parts
 * @returns {HTMLElementTagNameMap[T]}
 */
function make(tag, facts, ...parts) {
  const element = Object.assign(document.createElement(tag), facts);
  element.append(...parts);
  return element;
}

/** @param {string} text */
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * A new entry: what has to be there is blank, and there are two to choose from.
 * @param {Shape} shape
 * @returns {Entry}
 */
function blank(shape) {
  const needed = shape.fields.filter((field) => field.required);
  const values = needed.map((field) => (field.kind === "list" ? [blank(field), blank(field)] : ""));
  return Object.fromEntries(needed.map((field, index) => [field.key, values[index]]));
}

/** The words by value that lines such as “1 = bad” give. @param {string} text */
function tableOf(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  return Object.fromEntries(lines.map((line) => {
    const [value, ...words] = line.split("=");
    return [value.trim(), words.join("=").trim()];
  }));
}

/** The numbers by name that lines such as “art = 20” give; the server refuses what is none. @param {string} text */
function countsOf(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  return Object.fromEntries(lines.map((line) => {
    const place = line.lastIndexOf("=");
    const [name, count] = place < 0 ? [line.trim(), ""] : [line.slice(0, place).trim(), line.slice(place + 1).trim()];
    return [name, count !== "" && Number.isFinite(Number(count)) ? Number(count) : count];
  }));
}

/** @param {unknown} table */
function linesOf(table) {
  return Object.entries(Object(table)).map(([value, word]) => `${value} = ${word}`).join("\n");
}

/** An entry without the lists in it that hold nothing. @param {Entry} entry @returns {Entry} */
function withoutNone(entry) {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => !Array.isArray(value) || value.length));
}

/** @param {unknown} said */
const isEntry = (said) => typeof said === "object" && said !== null && !Array.isArray(said);

class EntriesForm {
  /** @param {HTMLTextAreaElement} field */
  constructor(field) {
    this.field = field;
    /** @type {Shape} */
    this.shape = JSON.parse(field.dataset.entries ?? "");
    this.isOne = this.shape.entry === "";
    /** @type {Record<string, string>} */
    this.words = JSON.parse(field.dataset.words ?? "");
    /** @type {Entry[]} */
    this.entries = [];
    this.rows = make("div", { className: "admin-entries", id: `${field.id}-rows` });
    this.rows.setAttribute("role", "group");
    this.rows.setAttribute("aria-label", field.labels?.[0]?.innerText.trim() ?? field.name);
    this.said = make("p", { className: "admin-entries-said" });
    this.said.setAttribute("role", "status");
    this.toggle = make("button", { type: "button", className: "admin-preview-button" });
    this.toggle.addEventListener("click", () => (field.hidden ? this.showJson() : this.showRows()));
    field.before(this.rows);
    field.after(this.said, this.toggle);
    this.showRows();
    this.said.textContent = "";
  }

  showJson() {
    this.rows.hidden = true;
    this.field.hidden = false;
    this.toggle.textContent = this.words.as_form;
    this.field.focus();
  }

  /** Show rows, unless what is written is no list. */
  showRows() {
    const entries = this.read();
    if (!entries) {
      this.said.textContent = this.words.no_list;
      this.rows.hidden = true;
      this.toggle.textContent = this.words.as_form;
      return;
    }
    this.entries = entries;
    this.said.textContent = "";
    this.field.hidden = true;
    this.rows.hidden = false;
    this.toggle.textContent = this.words.as_json;
    this.draw();
  }

  /** @returns {Entry[] | null} */
  read() {
    try {
      const said = JSON.parse(this.field.value || (this.isOne ? "{}" : "[]"));
      const entries = this.isOne ? [said] : said;
      return Array.isArray(entries) && entries.every(isEntry) ? entries : null;
    } catch {
      return null; // the text is shown as it is, and the server says in which line it is wrong
    }
  }

  /** Put into the JSON what the rows say. */
  write() {
    const entries = this.entries.map(withoutNone);
    this.field.value = JSON.stringify(this.isOne ? entries[0] : entries, null, 2);
    this.field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  draw() {
    const rows = { entries: this.entries, shape: this.shape, at: this.field.id, place: "" };
    this.rows.replaceChildren(...(this.isOne ? this.drawOne() : this.drawList(rows)));
  }

  drawOne() {
    const fields = this.shape.fields.map((field) => this.drawField(this.entries[0], field, this.field.id, ""));
    return [make("div", { className: "admin-entry" }, ...fields)];
  }

  /** @param {string} name @param {string} about */
  word(name, about) {
    return capital(this.words[name].replace("{place}", about).replace("{entry}", about));
  }

  /**
   * Draw again after the order or number of entries changed, say so, and keep the focus where the person works.
   * @param {string} sentence
   * @param {string} at
   */
  changed(sentence, at) {
    this.write();
    this.draw();
    this.said.textContent = sentence;
    const wanted = document.getElementById(at);
    const isOff = wanted instanceof HTMLButtonElement && wanted.disabled;
    const other = isOff ? wanted.parentElement?.querySelector("button:enabled") : wanted;
    if (other instanceof HTMLElement) other.focus();
  }

  /** @param {Rows} rows */
  drawList(rows) {
    const { entries, shape, at, place } = rows;
    const add = make("button", { type: "button", id: `${at}-add`, className: "admin-preview-button" });
    add.textContent = this.word("add", shape.entry);
    if (place) add.setAttribute("aria-label", `${add.textContent}, ${place}`);
    add.addEventListener("click", () => {
      entries.push(blank(shape));
      const last = entries.length - 1;
      this.changed(this.word("added", placeOf(rows, last)), `${at}-${last}-${shape.fields[0].key}`);
    });
    return [...entries.map((_, index) => this.drawRow(rows, index)), add];
  }

  /** @param {Rows} rows @param {number} index @returns {HTMLElement} */
  drawRow(rows, index) {
    const { entries, shape, at } = rows;
    const place = placeOf(rows, index);
    const legend = make("legend", {}, capital(`${shape.entry} ${index + 1}`));
    const fields = shape.fields.map((field) => this.drawField(entries[index], field, `${at}-${index}`, place));
    const moves = make("div", { className: "admin-entry-moves" }, ...this.drawMoves(rows, index));
    return make("fieldset", { className: "admin-entry" }, legend, moves, ...fields);
  }

  /** @param {Rows} rows @param {number} index */
  drawMoves(rows, index) {
    const { entries, at } = rows;
    const [place, row] = [placeOf(rows, index), `${at}-${index}`];
    const isLast = index === entries.length - 1;
    /** @param {"up" | "down"} way @param {number} to */
    const move = (way, to) => () => {
      entries.splice(to, 0, ...entries.splice(index, 1));
      this.changed(this.word("moved", placeOf(rows, to)), `${at}-${to}-${way}`);
    };
    const remove = () => {
      entries.splice(index, 1);
      this.changed(this.word("removed", place), `${at}-add`);
    };
    return [
      this.drawButton("up", "↑", { place, id: `${row}-up`, isOff: index === 0, act: move("up", index - 1) }),
      this.drawButton("down", "↓", { place, id: `${row}-down`, isOff: isLast, act: move("down", index + 1) }),
      this.drawButton("remove", "✕", { place, id: `${row}-remove`, isOff: false, act: remove }),
    ];
  }

  /**
   * @param {string} name
   * @param {string} sign
   * @param {{place: string, id: string, isOff: boolean, act: () => void}} about
   */
  drawButton(name, sign, { place, id, isOff, act }) {
    const button = make("button", { type: "button", id, disabled: isOff, title: this.word(name, place) }, sign);
    button.setAttribute("aria-label", this.word(name, place));
    button.addEventListener("click", act);
    return button;
  }

  /**
   * @param {Entry} entry
   * @param {Field} field
   * @param {string} row
   * @param {string} place
   * @returns {HTMLElement}
   */
  drawField(entry, field, row, place) {
    const at = `${row}-${field.key}`;
    if (field.kind === "list") return this.drawInner(entry, field, at, place);
    const control = this.control(entry, field);
    control.id = at;
    control.addEventListener("input", () => this.set(entry, field, control));
    const name = make("span", {}, field.label, field.required ? ` (${this.words.required})` : "");
    const help = make("small", { id: `${at}-help` }, field.kind === "table" ? this.words.table : this.help(field));
    control.setAttribute("aria-describedby", help.id);
    const label = make("label", { htmlFor: at, className: `is-${field.kind}` }, name);
    return make("div", { className: `admin-entry-field is-${field.kind}` }, label, control, help);
  }

  /** @param {Field} field */
  help(field) {
    return field.kind === "counts" ? `${field.help} ${this.words.counts}` : field.help;
  }

  /**
   * @param {Entry} entry
   * @param {Field} field
   * @param {string} at
   * @param {string} place
   * @returns {HTMLElement}
   */
  drawInner(entry, field, at, place) {
    const held = entry[field.key];
    /** @type {Entry[]} */
    const entries = Array.isArray(held) ? held : [];
    entry[field.key] = entries;
    const title = make("p", {}, make("strong", {}, field.label), " ", make("small", {}, field.help));
    const rows = this.drawList({ entries, shape: field, at, place });
    return make("div", { className: "admin-entry-inner" }, title, ...rows);
  }

  /** @param {Entry} entry @param {Field} field */
  control(entry, field) {
    const value = entry[field.key];
    if (field.kind === "table" || field.kind === "counts") return make("textarea", { rows: 3, value: linesOf(value) });
    if (field.kind === "truth") return make("input", { type: "checkbox", checked: value === true });
    const type = field.kind === "number" ? "number" : "text";
    return make("input", { type, value: value === undefined || value === null ? "" : String(value) });
  }

  /**
   * Take what a control says; what may be left out is left out where it is blank.
   * @param {Entry} entry
   * @param {Field} field
   * @param {HTMLInputElement | HTMLTextAreaElement} control
   */
  set(entry, field, control) {
    const isTicked = control instanceof HTMLInputElement && control.checked;
    /** @type {Record<string, (text: string) => unknown>} */
    const readers = { text: String, number: Number, table: tableOf, counts: countsOf, truth: () => true };
    const isBlank = field.kind === "truth" ? !isTicked : control.value.trim() === "";
    if (!isBlank) entry[field.key] = readers[field.kind](control.value);
    else if (field.required) entry[field.key] = "";
    else delete entry[field.key];
    this.write();
  }
}

/**
 * Name an entry as the sentences do that refuse one: “question 2, option 1”.
 * @param {Rows} rows
 * @param {number} index
 */
function placeOf({ shape, place }, index) {
  return `${place ? `${place}, ` : ""}${shape.entry} ${index + 1}`;
}

for (const field of document.querySelectorAll("textarea[data-entries]")) {
  if (field instanceof HTMLTextAreaElement) new EntriesForm(field);
}
