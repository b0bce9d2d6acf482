/** Put one picture up at a time, with its words and tools, and let answers in once it can have been seen. */

/** @typedef {import("./queue.js").Prepared} Prepared */

/**
 * @typedef {object} Parts
 * @property {import("./types.js").Config} config
 * @property {import("./queue.js").Queue} queue
 * @property {import("./stages.js").Stage["frame"]} frame
 * @property {import("./clock.js").ViewClock} clock
 * @property {import("./types.js").Scale} scale
 * @property {import("./view.js").View} view
 * @property {import("./past.js").History} history
 * @property {import("./zoom.js").Zoom} zoom
 *
 * @typedef {Parts & {
 *   presenter: Presenter,
 *   outbox: import("./outbox.js").Outbox,
 *   flusher: import("./flusher.js").Flusher,
 *   giveBack: () => Promise<void>,
 *   giveUp: () => void,
 *   shelf: import("./shelf.js").Shelf,
 * }} SessionParts giveBack returns what is leased, so that others may rate it; giveUp takes a silent server for gone
 *
 * @typedef {object} Showing
 * @property {string} caption what the picture is called
 * @property {{done: number, quota: number}} progress
 * @property {boolean} isRevised whether an answer that was given is being changed
 */

export class Presenter {
  /** @type {Prepared | null} */
  #shown = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    /** @type {(prepared: Prepared) => void} */
    this.onUnloadable = () => {};
  }

  /**
   * @param {Prepared} prepared
   * @param {Showing} showing
   */
  show(prepared, showing) {
    const { config, scale, view, zoom } = this.parts;
    this.#shown = prepared;
    scale.enable(false);
    scale.reset();
    zoom.reset();
    view.show("rating");
    view.focusStage();
    view.setProgress(showing.progress, prepared.item.practice);
    view.prompt.show(config.show_prompt ? (prepared.item.image ?? prepared.item) : undefined); // of several, they share it
    this.#offerTools(showing);
    if (prepared.picture) this.#put(prepared, prepared.picture, showing);
    else this.#await(prepared, showing);
  }

  /** Let nothing be answered for a while; the picture stays. */
  hold() {
    this.#shown = null;
    this.parts.clock.cancel();
    this.parts.scale.enable(false);
  }

  /** Let nothing be answered, and forget what was aimed at. */
  putDown() {
    this.hold();
    this.parts.scale.reset();
  }

  /** Take the picture away, and what is said of it. */
  clear() {
    this.hold();
    this.parts.frame.clear();
    this.parts.view.prompt.show(this.parts.config.show_prompt ? {} : undefined);
  }

  /**
   * @param {Prepared} prepared
   * @param {any} picture of the kind that the frame shows
   * @param {Showing} showing
   */
  #put(prepared, picture, { caption }) {
    const { view, frame, clock, scale, history } = this.parts;
    frame.show(picture, prepared.item, caption);
    view.announce(caption);
    clock.start(() => {
      scale.enable(true);
      history.show(prepared);
    });
  }

  /**
   * @param {Prepared} prepared
   * @param {Showing} showing
   */
  async #await(prepared, showing) {
    this.parts.frame.showPlaceholder(prepared.item);
    try {
      const picture = await this.parts.queue.loaded(prepared);
      if (this.#shown === prepared) this.#put(prepared, picture, showing);
    } catch {
      prepared.loading = null;
      if (this.#shown === prepared) this.onUnloadable(prepared);
    }
  }

  /** @param {Showing} showing */
  #offerTools({ isRevised }) {
    const canUndo = !isRevised && this.parts.history.last !== undefined;
    this.parts.view.setTools({ undo: canUndo, skip: !isRevised, keep: isRevised });
  }
}
