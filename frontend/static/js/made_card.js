/** Draw one wish: how far it is, its pictures, and a scale below each that is not rated yet. */

import { Gestures } from "./gestures.js";
import { invitation, verdict } from "./made_verdict.js";
import { say } from "./words.js";

/** @typedef {import("./made_api.js").MadeRun} MadeRun */
/** @typedef {import("./made_api.js").MadePicture} MadePicture */
/** @typedef {import("./types.js").ScaleSpec} ScaleSpec */

/**
 * @typedef {object} Actions what the rater can do with a card
 * @property {(picture: MadePicture, value: number, shown: {width: number, height: number, since: number}) => void} rate
 * @property {(picture: MadePicture) => void} undo
 * @property {(run: MadeRun) => void} stop
 * @property {import("./types.js").BuildScale} buildScale with which they rate
 */

const SIZES = "(min-width: 40rem) 20rem, 100vw";

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {{className?: string, text?: string}} [look]
 * @returns {HTMLElementTagNameMap[K]}
 */
function make(tag, { className = "", text = "" } = {}) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/**
 * @param {string} text
 * @param {() => void} onPress
 */
function button(text, onPress) {
  const element = make("button", { className: "button button-plain", text });
  element.type = "button";
  element.addEventListener("click", onPress);
  return element;
}

/** @param {string} text */
function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * @param {MadeRun} run
 * @param {ScaleSpec} scale
 * @param {Actions} actions
 */
export function buildCard(run, scale, actions) {
  const card = make("section", { className: "made-run" });
  card.setAttribute("aria-label", run.prompt);
  card.append(make("h2", { text: capitalised(run.prompt) }));
  const isActive = run.state === "queued" || run.state === "running";
  card.classList.toggle("is-waiting", isActive);
  const judged = verdict(run);
  const words = judged || run.sentence || invitation(run);
  if (words) card.append(make("p", { className: judged ? "verdict" : "", text: words }));
  if (isActive) card.append(progress(run), button(say("stop"), () => actions.stop(run)));
  if (run.pictures.length) card.append(pair(run, scale, actions));
  return card;
}

/** @param {MadeRun} run */
function progress(run) {
  const bar = make("progress");
  bar.max = 1;
  bar.value = Math.max(0.03, run.progress);
  bar.setAttribute("aria-label", say("how_far", { prompt: run.prompt }));
  return bar;
}

/**
 * @param {MadeRun} run
 * @param {ScaleSpec} scale
 * @param {Actions} actions
 */
function pair(run, scale, actions) {
  const row = make("div", { className: "made-pair" });
  row.classList.toggle("is-alone", run.pictures.length === 1);
  row.append(...run.pictures.map((picture, place) => buildPicture(picture, say("picture", { place: place + 1 }), scale, actions)));
  return row;
}

/**
 * @param {MadePicture} picture
 * @param {string} name
 * @param {ScaleSpec} scale
 * @param {Actions} actions
 */
function buildPicture(picture, name, scale, actions) {
  const figure = make("figure", { className: "made-picture" });
  const image = new Image(picture.image.width, picture.image.height);
  image.alt = name;
  image.sizes = SIZES;
  image.srcset = picture.image.srcset ?? "";
  image.src = picture.image.url;
  figure.append(image);
  if (picture.is_yours !== null) {
    figure.classList.toggle("is-yours", picture.is_yours);
    figure.append(make("p", { className: "made-badge", text: say(picture.is_yours ? "made_for_you" : "anybody") }));
  }
  figure.append(picture.value === null ? question(picture, image, name, scale, actions) : said(picture, scale, actions));
  if (picture.changes.length) figure.append(changes(picture));
  return figure;
}

/**
 * @param {MadePicture} picture
 * @param {HTMLImageElement} image
 * @param {string} name
 * @param {ScaleSpec} spec
 * @param {Actions} actions
 */
function question(picture, image, name, spec, actions) {
  const root = make("div", { className: "scale" });
  let since = 0;
  const scale = actions.buildScale(root, spec, (value) => {
    actions.rate(picture, value, { width: image.clientWidth, height: image.clientHeight, since });
  });
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", say("rating_of", { name }));
  image.decode().then(
    () => {
      since = performance.now();
      scale.enable(true);
    },
    () => root.replaceChildren(make("p", { className: "help", text: say("no_load") })),
  );
  root.addEventListener("keydown", (event) => {
    if (scale.press(event.key, event.timeStamp)) event.preventDefault();
  });
  if (spec.kind === "slider") new Gestures({ scale, line: root, aimsOnPress: true });
  return root;
}

/**
 * @param {MadePicture} picture
 * @param {ScaleSpec} scale
 * @param {Actions} actions
 */
function said(picture, scale, actions) {
  const line = make("p", { className: "made-said" });
  const value = picture.value ?? 0;
  const label = scale.labels[String(value)];
  line.append(make("span", { text: label ? say("you_said_label", { value, label }) : say("you_said", { value }) }));
  line.append(button(say("undo"), () => actions.undo(picture)));
  return line;
}

/** @param {MadePicture} picture */
function changes(picture) {
  const list = make("ul", { className: "made-changes" });
  list.setAttribute("aria-label", say("chosen"));
  list.append(...picture.changes.map((text) => make("li", { className: "label", text })));
  return list;
}
