/** Wire the rating page together. */

import { Api } from "./api.js";
import { ViewClock, onEarlyPress } from "./clock.js";
import { byId, showHelp } from "./dialogs.js";
import { Flusher } from "./flusher.js";
import { Gestures } from "./gestures.js";
import { Keys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { History } from "./past.js";
import { bindShortcutSwitch, bindSupply } from "./preferences.js";
import { Presenter } from "./presenter.js";
import { Queue } from "./queue.js";
import { Session } from "./session.js";
import { Shelf } from "./shelf.js";
import { buildStage } from "./stages.js";
import { openStore } from "./store.js";
import { claimTab, takeOverTab } from "./tabs.js";
import { watchTexts } from "./texts.js";
import { View } from "./view.js";
import { say } from "./words.js";
import { Zoom } from "./zoom.js";

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

/** @param {Config} config */
async function buildSession(config) {
  const api = new Api(config.api_base, config.calls, config.rater);
  const { outbox, flusher } = await openOutbox(config, api);
  const places = { root: byId("frame", HTMLElement), panel: byId("scale", HTMLElement) };
  const { frame, scale, load } = await buildStage(places, config, (said, time) => session.rate(said, time));
  const view = new View();
  const clock = new ViewClock(config.minimum_view_ms);
  const isOnline = () => navigator.onLine && api.isReachable;
  const queue = new Queue({
    lease: watchTexts(config, (count) => api.lease(config.slug, count)),
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
  const showing = { config, queue, frame, clock, scale, view, history: new History(byId("past", HTMLElement), config, scale), zoom: new Zoom(places.root, view.zoom) };
  const presenter = new Presenter(showing);
  /** @type {Session} */
  const session = new Session({ ...showing, presenter, outbox, flusher, shelf, giveUp: () => api.reach(false), giveBack: () => api.leave(config.slug) });
  return { session, api, outbox, flusher, shelf, ...showing };
}

/**
 * Ask for another picture in place of one whose answer the server refused for good, unless an earlier page counted it.
 * @param {Session} session
 * @param {View} view
 */
function uncount(session, view) {
  if (session.isSupplied) session.progress.done -= 1;
  if (view.shown === "finishing") session.lookForMore();
}

/**
 * @param {Awaited<ReturnType<typeof buildSession>>} parts
 * @param {Config} config
 */
function reportSending({ session, api, outbox, flusher, view, shelf }, config) {
  let fault = "";
  const tell = (/** @type {string} */ text) => {
    fault = text;
    view.setNotice(fault && outbox.isAtRisk ? say("unkept") : fault);
  };
  view.isAtRisk = () => outbox.isAtRisk;
  addEventListener("beforeunload", (event) => outbox.isAtRisk && event.preventDefault());
  outbox.onChange = () => {
    view.setUnsent(outbox.unsentRatings);
    tell(fault);
    view.warn();
    shelf.changed();
  };
  outbox.onChange();
  outbox.onAnswered = (assignment) => shelf.noteAnswered(assignment);
  outbox.onUndone = (assignment) => shelf.noteUndone(assignment);
  api.onReach = (isReachable) => tell(isReachable ? "" : say("no_connection"));
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
    if (notice !== null) tell(notice);
    if (health === "signed-out" || health === "other-rater") session.halt(health);
  };
  flusher.onRefused = (entry, error) => {
    if (entry.kind === "rate") view.flashNotice(`${config.words.not_saved} ${error.message}`);
    const stands = entry.kind === "undo" && error.status === 409 && error.code !== "already_replaced";
    if (stands) view.flashNotice(error.message);
    if (entry.kind === "rate" && entry.isCounted) uncount(session, view);
  };
}

/** @param {Awaited<ReturnType<typeof buildSession>>} parts */
function bindControls({ session, view, scale, zoom, history }) {
  const commands = {
    undo: () => scale.takeBack() || session.undo(), // what is half said goes first
    skip: () => session.skip(),
    help: () => session.interrupt(showHelp),
    zoom: () => zoom.toggle(),
    prompt: () => view.prompt.toggle(),
    view: (/** @type {string} */ key) => zoom.press(key) || (key === "Escape" && session.keep()),
  };
  new Keys(scale, commands, bindShortcutSwitch(byId("shortcuts", HTMLInputElement)));
  onEarlyPress(() => session.hintEarly());
  history.onPick = (answered) => session.revise(answered);
  new Gestures({
    scale,
    picture: view.stage,
    isTaken: () => zoom.isTaken,
    line: byId("scale", HTMLElement),
    cancel: byId("rate-bar", HTMLElement),
    aimsOnPress: byId("scale", HTMLElement).querySelector(".slider") !== null,
  });
  view.undo.addEventListener("click", commands.undo);
  view.skip.addEventListener("click", commands.skip);
  view.keep.addEventListener("click", () => session.keep());
  byId("help-open", HTMLButtonElement).addEventListener("click", commands.help);
  byId("leave", HTMLButtonElement).addEventListener("click", () => session.leave());
}

/** Keep more pictures ready where the rater asks for it. @param {Awaited<ReturnType<typeof buildSession>>} parts */
function bindQueue({ session, queue, shelf }) {
  const show = bindSupply(byId("supply", HTMLInputElement), byId("supply-ready", HTMLElement), queue);
  queue.onWant = () => session.refill();
  queue.onChange = () => {
    shelf.changed();
    show();
  };
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
  parts.view.setSurround(config.surround);
  reportSending(parts, config);
  bindControls(parts);
  bindQueue(parts);
  const giveWay = bindScreens(parts, config);
  parts.flusher.watch();
  addEventListener("online", () => parts.session.lookForMore());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && parts.view.shown === "paused") parts.session.lookForMore();
  });
  addEventListener("pageshow", (event) => event.persisted && location.reload()); // what it showed is long past
  if (!(await claimTab(config.owner, giveWay))) return giveWay();
  await parts.session.start();
  await parts.shelf.keepPage(config.worker_url);
}

main();
