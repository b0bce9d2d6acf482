/** One sitting of one rater: which picture is up, what an answer does, when to pause or end. */

import { Again } from "./clock.js";
import { Phases, askSkipReason, offerBreak } from "./dialogs.js";
import { forgetAnswers } from "./store.js";
import { answerBody, newNonce } from "./record.js";
import { captionOf, say } from "./words.js";

/** @typedef {import("./queue.js").Prepared} Prepared */
/** @typedef {import("./past.js").Answered} Answered */
/** @typedef {import("./types.js").LeaseReply} LeaseReply */
/** @typedef {import("./presenter.js").SessionParts} Parts */

const PATIENCE_MS = 4_000; // with a network that neither answers nor fails

export class Session {
  /** @type {Prepared | null} */
  #current = null;
  /** @type {Answered | null} the answer that is being changed */
  #revised = null;
  #phases = new Phases();
  #sinceBreak = 0;
  #answers = 0;
  #again = new Again(() => this.lookForMore());
  #isAsking = false;
  #isLeaving = false;
  hasEnded = false; // another tab has taken over
  isSupplied = false; // by the server or from the shelf

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    this.progress = { ...parts.config.progress };
    parts.presenter.onUnloadable = (prepared) => this.#cannotLoad(prepared);
  }

  /** Begin with what an earlier page left unsent, so that server and page count alike. */
  async start() {
    await this.parts.flusher.flushFor(PATIENCE_MS);
    this.progress.done += this.parts.outbox.unsentCounted;
    await this.parts.history.load();
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
    return this.#current && !this.#revised ? [this.#current, ...waiting] : waiting;
  }

  /** Stop for good in this tab; another one has taken over. */
  end() {
    this.hasEnded = true;
    this.#putBack();
    this.#putDown();
    this.#again.stop();
  }

  /** Ask the server for pictures, then go on, or say why that is not possible. */
  async lookForMore() {
    this.#again.stop();
    if (this.#isLeaving || this.hasEnded) return;
    const silence = setTimeout(() => this.#beginFromShelf(), PATIENCE_MS);
    const reply = await this.#refill();
    clearTimeout(silence);
    if (this.#again.isPaused) this.#again.whilePaused();
    else if (this.#isIdle && (reply || this.parts.queue.length)) await this.#advance();
  }

  /** Begin with what is kept here, as the server keeps silent. */
  async #beginFromShelf() {
    if (!this.#isIdle || !(await this.#takeFromShelf())) return;
    this.parts.giveUp();
    if (this.#isIdle) await this.#advance();
  }

  /** Whether the next picture may be put up. */
  get #isIdle() {
    return !(this.#current || this.#isAsking || this.#isLeaving || this.hasEnded || this.#again.isPaused);
  }

  /**
   * @param {import("./types.js").Said} said
   * @param {number} time when the rater answered, on the clock of performance.now()
   */
  rate(said, time) {
    const prepared = this.#current;
    if (!prepared || this.#isAsking) return;
    if (!this.parts.clock.accepts(time)) return this.hintEarly();
    this.#record(prepared, said, this.parts.clock.stop(time));
    if (!this.#revised) this.#count(prepared, 1);
    this.#putDown();
    this.#goOn(this.parts.config.break_every);
    this.parts.flusher.flush();
  }

  /** Answer a press that came before the picture could be seen with a sign, and no more. */
  hintEarly() {
    if (this.#current && !this.#isAsking) this.parts.view.hintEarly();
  }

  /** Bring an earlier picture back, to change what was said of it; what is up now waits. @param {Answered} answered */
  revise(answered) {
    if (this.#isAsking || this.hasEnded) return;
    this.#putBack();
    this.#revised = answered;
    this.#present(answered.prepared);
    this.parts.view.setHint(say("said_before", { said: this.parts.history.inWords(answered.said) }));
  }

  /** Leave the answer that is being changed as it was. @returns {boolean} whether there was one */
  keep() {
    if (!this.#revised || this.#isAsking) return false;
    this.#putDown();
    this.#next();
    return true;
  }

  undo() {
    const { history, history: { last }, outbox, view, flusher, config } = this.parts;
    if (!last || this.#isAsking || this.hasEnded || this.#revised) return;
    history.remove(last);
    this.#putBack();
    outbox.addUndo(last.nonce, last.item.assignment);
    this.#count(last.prepared, -1);
    this.#present(last.prepared);
    view.announce(`${config.words.taken_back} ${this.#caption(last.prepared)}`);
    flusher.flush();
  }

  async skip() {
    const prepared = this.#current;
    if (!prepared || this.#isAsking || this.#revised) return;
    this.parts.presenter.hold();
    const reason = await this.#asking(askSkipReason);
    if (this.hasEnded) return;
    if (reason) this.#giveBack(prepared, reason);
    else this.#present(prepared);
  }

  /** Give back a picture that cannot be loaded. @param {Prepared["item"]} item */
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
    this.parts.presenter.hold();
    await this.#asking(dialog);
    if (prepared && prepared === this.#current && !this.hasEnded) this.#present(prepared);
  }

  /** Save and leave; without a network the ratings wait on this device. */
  async leave() {
    this.#isLeaving = true;
    this.#putDown();
    this.parts.view.show("leaving");
    await this.parts.flusher.drained();
    await this.parts.giveBack().then(() => this.parts.shelf.forget()).catch(() => {});
    location.assign(this.parts.config.leave_url);
  }

  async finish() {
    const { outbox, flusher, shelf, view, config } = this.parts;
    this.#isLeaving = true;
    if (outbox.size) view.show("handing-in");
    await flusher.drained();
    await Promise.all([shelf.forget(), forgetAnswers(config.owner)]);
    location.assign(config.done_url);
  }

  /** Go on here after another tab had the session: its answers are read back first, and what waits is leased again. */
  async resume() {
    const { outbox, queue } = this.parts;
    this.hasEnded = false;
    this.progress.done -= outbox.unsentCounted; // the start adds those that are still unsent
    queue.clear();
    await outbox.load();
  }

  /** Rating cannot go on: the study was paused or closed, or the browser is signed out or in as somebody else. */
  halt(/** @type {"paused" | "closed" | "signed-out" | "other-rater"} */ state) {
    this.#putBack();
    this.#putDown();
    if (state === "paused") this.#again.whilePaused();
    else {
      this.#again.forgetPause();
      this.parts.shelf.forget();
    }
    this.parts.view.show(state);
  }

  /**
   * @param {Prepared} prepared
   * @param {import("./types.js").Said} said
   * @param {number} responseMs
   */
  #record(prepared, said, responseMs) {
    const { outbox, frame, config, history, zoom } = this.parts;
    const { item } = prepared;
    const nonce = newNonce();
    const display = { surround: config.surround, largest_zoom: zoom.largest, prompt_language: (item.image ?? item).prompt_language };
    const replaces = this.#revised?.nonce ?? null;
    const body = answerBody({ nonce, item, said, responseMs, shown: frame.sizeFor(item), display });
    outbox.addRating(body, { isCounted: !item.practice && !replaces, replaces });
    history.add({ prepared, item, nonce, said, caption: this.#caption(prepared) });
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
    this.parts.presenter.clear();
    this.parts.view.setProgress(this.progress, false);
    if (await this.#asking(() => offerBreak(this.progress))) this.#next();
    else await this.leave();
  }

  /** Put the next picture up. Without a phase to announce this happens at once, within the key's own task. */
  async #advance() {
    if (this.#again.isPaused) return this.parts.view.show("paused");
    const prepared = this.parts.queue.take();
    this.#current = prepared ?? null;
    if (!prepared) return this.#runDry();
    const announce = this.#phases.before(prepared.item.practice);
    if (announce) {
      this.parts.presenter.clear();
      this.parts.view.setProgress(this.progress, prepared.item.practice);
      await this.#asking(announce);
      if (this.hasEnded || this.#current !== prepared) return;
    }
    this.#present(prepared);
  }

  /** @param {Prepared} prepared */
  #present(prepared) {
    this.#current = prepared;
    this.parts.presenter.show(prepared, { caption: this.#caption(prepared), progress: this.progress, isRevised: this.#revised !== null });
  }

  /** @param {Prepared} prepared */
  async #cannotLoad(prepared) {
    const { queue } = this.parts;
    const isServed = await queue.isServed();
    if (this.#current !== prepared || this.hasEnded) return;
    if (this.#revised) return void this.keep();
    if (isServed) return this.giveBackBroken(prepared.item);
    this.#putBack();
    this.#putDown();
    return queue.ready ? this.#advance() : this.#stall("offline");
  }

  /** No picture is left here: find out whether that is the end, a wait or the network. */
  async #runDry() {
    this.parts.presenter.clear();
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
    if (!this.#answers) this.finish();
  }

  /** @param {"waiting" | "offline" | "trouble"} screen */
  #stall(screen) {
    this.parts.view.setProgress(this.progress, false);
    this.parts.view.show(screen);
    this.#again.soon();
  }

  /** Get more pictures while rating goes on. */
  refill() {
    if (this.isSupplied && !this.hasEnded) this.#refill();
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
      this.#again.forgetPause();
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
    if (error.stop) this.halt(error.stop);
    else if (!(this.#current || (await this.#takeFromShelf()))) this.#stall(error.status === 0 ? "offline" : "trouble");
  }

  /** Go on with what an earlier page left on this device, if the server has given nothing yet. */
  async #takeFromShelf() {
    const sitting = this.isSupplied ? null : await this.parts.shelf.sitting();
    if (sitting && !this.isSupplied) {
      this.isSupplied = true;
      const { done, quota } = sitting.progress;
      const since = this.parts.outbox.countedNonces.filter((nonce) => !sitting.unsent.includes(nonce));
      this.progress = { done: done + since.length, quota };
      this.parts.queue.restore(sitting.items);
    }
    return this.parts.queue.length > 0;
  }

  /** @param {Prepared} prepared @param {string} reason */
  #giveBack(prepared, reason) {
    this.parts.outbox.addSkip(prepared.item.assignment, reason);
    this.parts.view.announce(say("skipped"));
    this.#putDown();
    this.#next();
    this.parts.flusher.flush();
  }

  /** Let what is on the stage be the next one again; a picture that came back to be changed does not wait. */
  #putBack() {
    if (this.#current && !this.#revised) this.parts.queue.putBack(this.#current);
  }

  #putDown() {
    this.#current = null;
    if (this.#revised) this.parts.view.setHint("");
    this.#revised = null;
    this.parts.presenter.putDown();
  }

  /** @param {Prepared} prepared @param {1 | -1} change */
  #count(prepared, change) {
    this.#answers += 1;
    if (prepared.item.practice) return;
    this.progress.done += change;
    this.#sinceBreak = Math.max(0, this.#sinceBreak + change);
  }

  /** @param {Prepared} prepared */
  #caption(prepared) {
    return this.#revised?.caption ?? captionOf(prepared, this.parts.config, this.progress);
  }

  /** @template T @param {() => Promise<T>} question @returns {Promise<T>} */
  async #asking(question) {
    this.#isAsking = true;
    try {
      return await question();
    } finally {
      this.#isAsking = false;
    }
  }
}
