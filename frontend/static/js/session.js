/** One sitting of one rater: which picture is up, what an answer does, when to pause or end. */

import { askSkipReason, offerBreak } from "./dialogs.js";
import { Phases } from "./phases.js";
import { answerBody, newNonce } from "./record.js";
import { DESIGNS, captionOf, promptOf, say } from "./words.js";

/** @typedef {import("./queue.js").Prepared} Prepared */
/** @typedef {import("./types.js").LeaseReply} LeaseReply */

/**
 * @typedef {object} Parts
 * @property {import("./types.js").Config} config
 * @property {import("./queue.js").Queue} queue
 * @property {import("./outbox.js").Outbox} outbox
 * @property {import("./flusher.js").Flusher} flusher
 * @property {import("./stages.js").Stage["frame"]} frame
 * @property {import("./clock.js").ViewClock} clock
 * @property {import("./types.js").Scale} scale
 * @property {import("./view.js").View} view
 * @property {() => Promise<void>} giveBack return what is leased, so that others may rate it
 * @property {import("./shelf.js").Shelf} shelf
 * @property {() => boolean} isOnline
 */

/** @typedef {{prepared: Prepared, nonce: string}} Answered */

const UNDO_DEPTH = 10;
const LOOK_AGAIN_MS = 10_000;

export class Session {
  /** @type {Prepared | null} */
  #current = null;
  /** @type {Answered[]} */
  #answered = [];
  #phases = new Phases();
  #sinceBreak = 0;
  #answers = 0;
  #retryTimer = 0;
  #isAsking = false;
  hasEnded = false; // another tab has taken over
  isSupplied = false; // by the server or from the shelf

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    this.progress = { ...parts.config.progress };
  }

  /** Begin with what an earlier page left unsent, so that server and page count alike. */
  async start() {
    await this.parts.flusher.flush();
    this.progress.done += this.parts.outbox.unsentCounted;
    await this.lookForMore();
  }

  /** The assignments that must not be shown again: on screen, or answered and not yet sent. */
  get taken() {
    const taken = this.parts.outbox.assignments;
    if (this.#current) taken.add(this.#current.item.assignment);
    return taken;
  }

  /** What is on the stage or waits for it. */
  get prepared() {
    const { waiting } = this.parts.queue;
    return this.#current ? [this.#current, ...waiting] : waiting;
  }

  /** Stop for good in this tab; another one has taken over. */
  end() {
    this.hasEnded = true;
    if (this.#current) this.parts.queue.putBack(this.#current);
    this.#putDown();
    clearTimeout(this.#retryTimer);
  }

  /** Ask the server for pictures, then go on, or say why that is not possible. */
  async lookForMore() {
    clearTimeout(this.#retryTimer);
    const reply = await this.#refill();
    const canGoOn = reply !== null || this.parts.queue.length > 0;
    if (canGoOn && !this.#current && !this.#isAsking && !this.hasEnded) await this.#advance();
  }

  /**
   * @param {import("./types.js").Said} said
   * @param {number} time when the rater answered, on the clock of performance.now()
   */
  rate(said, time) {
    const { clock, outbox, flusher, frame, config } = this.parts;
    const prepared = this.#current;
    if (!prepared || !clock.isRunning || this.#isAsking) return;
    const nonce = newNonce();
    const shown = frame.sizeFor(prepared.item);
    const body = answerBody({ nonce, item: prepared.item, said, responseMs: clock.stop(time), shown });
    outbox.addRating(body, { isCounted: !prepared.item.practice });
    this.#answered = [...this.#answered, { prepared, nonce }].slice(-UNDO_DEPTH);
    this.#count(prepared, 1);
    this.#putDown();
    this.#goOn(config.break_every);
    flusher.flush();
  }

  undo() {
    const last = this.#answered.at(-1);
    if (!last || this.#isAsking || this.hasEnded) return;
    this.#answered = this.#answered.slice(0, -1);
    if (this.#current) this.parts.queue.putBack(this.#current);
    this.parts.outbox.addUndo(last.nonce, last.prepared.item.assignment);
    this.#count(last.prepared, -1);
    this.#present(last.prepared);
    const taken = say(DESIGNS[this.parts.config.design].back);
    this.parts.view.announce(`${taken} ${this.#caption(last.prepared)}`);
    this.parts.flusher.flush();
  }

  async skip() {
    const prepared = this.#current;
    if (!prepared || this.#isAsking) return;
    this.parts.clock.cancel();
    this.parts.scale.enable(false);
    const reason = await this.#asking(askSkipReason);
    if (this.hasEnded) return;
    if (reason) this.#giveBack(prepared, reason);
    else this.#present(prepared);
  }

  /**
   * Give back a picture that cannot be loaded; the rater need not know.
   * @param {Prepared["item"]} item
   */
  giveBackBroken(item) {
    this.parts.outbox.addSkip(item.assignment, "not-loading");
    this.parts.flusher.flush();
    if (this.#current?.item === item) this.#next();
    else this.#refillIfLow();
  }

  /** Let the picture go for a dialog, and begin its view again afterwards. */
  async interrupt(/** @type {() => Promise<void>} */ dialog) {
    if (this.#isAsking) return;
    const prepared = this.#current;
    this.parts.clock.cancel();
    this.parts.scale.enable(false);
    await this.#asking(dialog);
    if (prepared && prepared === this.#current && !this.hasEnded) this.#present(prepared);
  }

  /** Save and leave; without a network the ratings wait on this device. */
  async leave() {
    this.#putDown();
    this.parts.view.show("leaving");
    await this.parts.flusher.drained();
    await this.parts.giveBack().then(() => this.parts.shelf.forget()).catch(() => {});
    location.assign(this.parts.config.leave_url);
  }

  async finish() {
    if (this.parts.outbox.size) this.parts.view.show("handing-in");
    await this.parts.flusher.drained();
    await this.parts.shelf.forget();
    location.assign(this.parts.config.done_url);
  }

  /** Go on here after another tab had the session: its answers are read back first. */
  async resume() {
    this.hasEnded = false;
    this.#answered = [];
    await this.parts.outbox.load();
  }

  /** Rating cannot go on: the study was paused or closed, or the browser is signed out or in as somebody else. */
  halt(/** @type {"paused" | "closed" | "signed-out" | "other-rater"} */ state) {
    if (this.#current) this.parts.queue.putBack(this.#current);
    this.#putDown();
    if (state !== "paused") this.parts.shelf.forget();
    this.parts.view.show(state);
  }

  /** @param {number} breakEvery */
  #goOn(breakEvery) {
    const isBreakDue = breakEvery > 0 && this.#sinceBreak >= breakEvery && this.progress.done < this.progress.quota;
    if (isBreakDue) this.#break();
    else this.#next();
  }

  #next() {
    this.#advance();
    if (this.#current) this.#refillIfLow();
  }

  async #break() {
    this.#sinceBreak = 0;
    this.parts.frame.clear();
    if (await this.#asking(() => offerBreak(this.progress))) this.#next();
    else await this.leave();
  }

  /** Put the next picture up. Without a phase to announce this happens at once, within the key's own task. */
  async #advance() {
    const prepared = this.parts.queue.take();
    this.#current = prepared ?? null;
    if (!prepared) return this.#runDry();
    const announce = this.#phases.before(prepared.item.practice);
    if (announce) {
      this.parts.frame.clear();
      await this.#asking(announce);
      if (this.hasEnded || this.#current !== prepared) return;
    }
    this.#present(prepared);
  }

  /** @param {Prepared} prepared */
  #present(prepared) {
    this.#current = prepared;
    this.parts.scale.enable(false);
    this.parts.scale.reset();
    this.parts.view.show("rating");
    this.parts.view.focusStage();
    this.parts.view.setProgress(this.progress, prepared.item.practice);
    this.parts.view.setPrompt(this.parts.config.show_prompt ? promptOf(prepared) : undefined);
    if (prepared.picture) this.#showPicture(prepared, prepared.picture);
    else this.#awaitPicture(prepared);
  }

  /**
   * @param {Prepared} prepared
   * @param {any} picture of the kind that the frame shows
   */
  #showPicture(prepared, picture) {
    const { view, frame, clock, scale } = this.parts;
    const caption = this.#caption(prepared);
    frame.show(picture, prepared.item, caption);
    view.announce(caption);
    view.setTools({ undo: this.#answered.length > 0, skip: true });
    clock.start(() => scale.enable(true));
  }

  /** @param {Prepared} prepared */
  async #awaitPicture(prepared) {
    const { queue, frame, view } = this.parts;
    frame.showPlaceholder(prepared.item);
    view.setTools({ undo: this.#answered.length > 0, skip: true });
    try {
      const picture = await queue.loaded(prepared);
      if (this.#current === prepared && !this.#isAsking) this.#showPicture(prepared, picture);
    } catch {
      prepared.loading = null;
      this.#cannotLoad(prepared);
    }
  }

  /** @param {Prepared} prepared */
  #cannotLoad(prepared) {
    if (this.#current !== prepared || this.hasEnded) return;
    if (this.parts.isOnline()) this.giveBackBroken(prepared.item);
    else {
      this.parts.queue.putBack(prepared);
      this.#putDown();
      this.#stall("offline");
    }
  }

  /** No picture is left here: find out whether that is the end, a wait or the network. */
  async #runDry() {
    this.parts.frame.clear();
    this.parts.scale.enable(false);
    if (this.progress.done >= this.progress.quota) return this.#complete();
    const answers = this.#answers;
    await this.parts.flusher.flush();
    const reply = await this.#refill(() => this.parts.queue.refillAnew());
    const isOvertaken = this.#current || this.hasEnded || answers !== this.#answers;
    if (!isOvertaken) await this.#goOnAfter(reply);
  }

  /** @param {LeaseReply | null} reply */
  async #goOnAfter(reply) {
    if (this.parts.queue.length) await this.#advance();
    else if (reply?.state === "complete") this.#complete();
    else if (reply) this.#stall("waiting");
  }

  /** The end; who has just rated may still undo, who comes back finished goes straight on. */
  #complete() {
    this.parts.view.setProgress(this.progress, false);
    this.parts.view.show("finishing");
    if (!this.#answered.length) this.finish();
  }

  /** @param {"waiting" | "offline" | "trouble"} screen */
  #stall(screen) {
    this.parts.view.setProgress(this.progress, false);
    this.parts.view.show(screen);
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.lookForMore(), LOOK_AGAIN_MS);
  }

  #refillIfLow() {
    if (this.parts.queue.isLow) this.#refill();
  }

  /**
   * @param {() => Promise<LeaseReply | null>} lease
   * @returns {Promise<LeaseReply | null>} null when no answer came
   */
  async #refill(lease = () => this.parts.queue.refill()) {
    const answers = this.#answers;
    const wasSettled = this.parts.outbox.size === 0;
    try {
      const reply = await lease();
      this.isSupplied = true;
      if (reply && wasSettled && answers === this.#answers) this.progress = { ...reply.progress }; // it knew all
      return reply;
    } catch (error) {
      await this.#onRefillFailed(/** @type {import("./api.js").ApiError} */ (error));
      return null;
    }
  }

  /** @param {import("./api.js").ApiError} error */
  async #onRefillFailed(error) {
    if (this.hasEnded) return;
    if (error.ending) this.halt(error.ending);
    else if (error.code === "study_paused") this.halt("paused");
    else if (error.code === "study_closed") this.halt("closed");
    else if (!(this.#current || (await this.#takeFromShelf()))) this.#stall(error.status === 0 ? "offline" : "trouble");
  }

  /** Go on with what an earlier page left on this device, if the server has given nothing yet. */
  async #takeFromShelf() {
    const sitting = this.isSupplied ? null : await this.parts.shelf.sitting();
    if (sitting) {
      this.isSupplied = true;
      const { done, quota } = sitting.progress;
      const since = this.parts.outbox.countedNonces.filter((nonce) => !sitting.unsent.includes(nonce));
      this.progress = { done: done + since.length, quota };
      this.parts.queue.restore(sitting.items);
    }
    return this.parts.queue.length > 0;
  }

  /**
   * @param {Prepared} prepared
   * @param {string} reason
   */
  #giveBack(prepared, reason) {
    this.parts.outbox.addSkip(prepared.item.assignment, reason);
    this.parts.view.announce(say("skipped"));
    this.#putDown();
    this.#next();
    this.parts.flusher.flush();
  }

  #putDown() {
    this.#current = null;
    this.parts.clock.cancel();
    this.parts.scale.enable(false);
    this.parts.scale.reset();
  }

  /**
   * @param {Prepared} prepared
   * @param {1 | -1} change
   */
  #count(prepared, change) {
    this.#answers += 1;
    if (prepared.item.practice) return;
    this.progress.done += change;
    this.#sinceBreak = Math.max(0, this.#sinceBreak + change);
  }

  /** @param {Prepared} prepared */
  #caption(prepared) {
    return captionOf(prepared, this.parts.config, this.progress);
  }

  /**
   * @template T
   * @param {() => Promise<T>} question
   * @returns {Promise<T>}
   */
  async #asking(question) {
    this.#isAsking = true;
    try {
      return await question();
    } finally {
      this.#isAsking = false;
    }
  }
}
