/** Wire the rating page together. */

import { Api } from "./api.js";
import { ViewClock } from "./clock.js";
import { byId, showHelp } from "./dialogs.js";
import { Flusher } from "./flusher.js";
import { Gestures } from "./gestures.js";
import { Keys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { PairChoice } from "./pair_choice.js";
import { PairFrame, loadPair } from "./pair_frame.js";
import { Frame, loadPicture, writtenCheck } from "./picture.js";
import { Queue } from "./queue.js";
import { buildScale } from "./scale.js";
import { Session } from "./session.js";
import { Shelf } from "./shelf.js";
import { bindShortcutSwitch } from "./shortcuts.js";
import { openStore } from "./store.js";
import { claimTab, takeOverTab } from "./tabs.js";
import { View } from "./view.js";
import { say } from "./words.js";

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./types.js").Scale} Scale */
/** @typedef {import("./flusher.js").Health} Health */

/** @returns {Config} */
function readConfig() {
  return JSON.parse(byId("study-config", HTMLScriptElement).textContent ?? "{}");
}

/** @param {Config} config @param {Api} api */
async function openOutbox(config, api) {
  const outbox = new Outbox(await openStore(), config.owner);
  await outbox.load();
  return { outbox, flusher: new Flusher(outbox, api) };
}

/**
 * What the rater sees and answers with: a picture and a scale, or two pictures and a choice.
 * @param {Config} config
 * @param {(value: number | string, time: number) => void} onAnswer
 */
function buildStage(config, onAnswer) {
  const root = byId("frame", HTMLElement);
  const panel = byId("scale", HTMLElement);
  if (config.design === "pairwise") {
    const frame = new PairFrame(root);
    const scale = new PairChoice({ root: panel, frame: root, tiesAllowed: config.ties_allowed, onChoose: onAnswer });
    const load = (/** @type {any} */ item) => loadPair(item, frame.sizeFor(item).width);
    return { frame, scale, load };
  }
  const frame = new Frame(root);
  const load = (/** @type {any} */ item) => (item.image.alt ? writtenCheck(item.image.alt) : loadPicture(item.image, frame.sizeFor(item).width));
  return { frame, scale: buildScale(panel, config.scale, onAnswer), load };
}

/** @param {Config} config */
async function buildSession(config) {
  const api = new Api(config.api_base, config.design, config.rater);
  const { outbox, flusher } = await openOutbox(config, api);
  const { frame, scale, load } = buildStage(config, (value, time) => session.rate(value, time));
  const view = new View();
  const clock = new ViewClock();
  const isOnline = () => navigator.onLine && api.isReachable;
  const queue = new Queue({
    lease: (count) => api.lease(config.slug, count),
    load,
    taken: () => session.taken,
    onBroken: (item) => session.giveBackBroken(item),
    isOnline,
  });
  const shelf = new Shelf({
    rater: config.rater,
    owner: config.owner,
    current: () =>
      session.hasEnded || !session.isSupplied
        ? null
        : { prepared: session.prepared, progress: { ...session.progress }, unsent: outbox.countedNonces },
  });
  queue.onChange = () => shelf.changed();
  /** @type {Session} */
  const session = new Session({
    config,
    queue,
    outbox,
    flusher,
    frame,
    clock,
    scale,
    view,
    shelf,
    isOnline,
    giveBack: () => api.leave(config.slug),
  });
  return { session, api, outbox, flusher, view, scale, shelf };
}

/**
 * @param {Awaited<ReturnType<typeof buildSession>>} parts
 * @param {Config} config
 */
function reportSending({ session, api, outbox, flusher, view, shelf }, config) {
  outbox.onChange = () => {
    view.setUnsent(outbox.unsentRatings);
    shelf.changed();
  };
  outbox.onChange();
  outbox.onAnswered = (assignment) => shelf.noteAnswered(assignment);
  outbox.onUndone = (assignment) => shelf.noteUndone(assignment);
  api.onReach = (isReachable) => view.setNotice(isReachable ? "" : say("no_connection"));
  addEventListener("offline", () => api.reach(false));
  /** @type {Record<Health, string | null>} */
  const notices = {
    idle: "",
    sending: null,
    offline: null, // the above has said it
    trouble: say("slow"),
    "signed-out": "",
    "other-rater": "",
  };
  flusher.onHealth = (health) => {
    const notice = notices[health];
    if (notice !== null) view.setNotice(notice);
    if (health === "signed-out" || health === "other-rater") session.halt(health);
  };
  flusher.onRefused = (entry, error) => {
    const refused = say(config.design === "pairwise" ? "choice_refused" : "rating_refused");
    if (entry.kind === "rate") view.flashNotice(`${refused} ${error.message}`);
  };
}

/**
 * @param {Awaited<ReturnType<typeof buildSession>>} parts
 * @param {Config} config
 */
function bindControls({ session, view, scale }, config) {
  const undo = () => session.undo();
  const skip = () => session.skip();
  const help = () => session.interrupt(showHelp);
  new Keys(scale, { undo, skip, help }, bindShortcutSwitch(byId("shortcuts", HTMLInputElement)));
  new Gestures({
    scale,
    picture: view.stage,
    line: byId("scale", HTMLElement),
    cancel: byId("rate-bar", HTMLElement),
    aimsOnPress: config.design === "rating" && config.scale.kind === "slider",
  });
  view.undo.addEventListener("click", undo);
  view.skip.addEventListener("click", skip);
  byId("help-open", HTMLButtonElement).addEventListener("click", help);
  byId("leave", HTMLButtonElement).addEventListener("click", () => session.leave());
}

/**
 * @param {Awaited<ReturnType<typeof buildSession>>} parts
 * @param {Config} config
 */
function bindScreens({ session, view }, config) {
  const begin = () => session.start();
  const giveWay = () => {
    session.end();
    view.show("elsewhere");
  };
  /** @type {Record<string, () => void>} */
  const actions = {
    retry: () => session.lookForMore(),
    undo: () => session.undo(),
    finish: () => session.finish(),
    "take-over": () => takeOverTab(config.owner, giveWay).then(() => session.resume().then(begin)),
  };
  view.onAction = (action) => actions[action]?.();
  return giveWay;
}

async function main() {
  const config = readConfig();
  const parts = await buildSession(config);
  reportSending(parts, config);
  bindControls(parts, config);
  const giveWay = bindScreens(parts, config);
  parts.flusher.watch();
  addEventListener("online", () => parts.session.lookForMore());
  if (!(await claimTab(config.owner, giveWay))) return giveWay();
  await parts.session.start();
  await parts.shelf.keepPage(config.worker_url);
}

main();
