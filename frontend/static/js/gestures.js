/** Turn a finger sliding over the picture or the scale into an aim, and its lifting into a rating. */

/** @typedef {import("./types.js").Scale} Scale */

const THRESHOLD_PX = 12;
const NEAR_PX = 24; // half the width of a fingertip

/**
 * @typedef {object} Drag
 * @property {number} id
 * @property {number} clientX where it began
 * @property {number} clientY
 * @property {boolean} isAiming
 * @property {boolean} hasMoved a press that stays where it began aims, and no more
 */

/** @param {PointerEvent} event */
function isOnSend(event) {
  return event.target instanceof Element && event.target.closest(".slider-send") !== null;
}

/**
 * Whether a press was on the picture in its place, or so near that it was meant: what lies beside it, out to the edge
 * of the screen, is touched by the hand that holds the phone.
 * @param {Element} place
 * @param {MouseEvent} event
 */
export function isOnPicture(place, { clientX, clientY }) {
  const box = place.querySelector("img")?.getBoundingClientRect();
  if (!box) return false;
  const [across, down] = [Math.max(box.left - clientX, clientX - box.right), Math.max(box.top - clientY, clientY - box.bottom)];
  return Math.max(across, down) <= NEAR_PX;
}

export class Gestures {
  /** @type {Drag | null} */
  #drag = null;

  /**
   * @param {object} parts
   * @param {Scale} parts.scale
   * @param {HTMLElement} [parts.picture] fingers and pens only, after a clear move along the scale
   * @param {HTMLElement} parts.line any pointer; on a slider a press already aims
   * @param {HTMLElement} [parts.cancel] letting go over it takes the aim back
   * @param {boolean} parts.aimsOnPress
   * @param {() => boolean} [parts.isTaken] whether fingers on the picture do something else now
   */
  constructor({ scale, picture, line, cancel, aimsOnPress, isTaken = () => false }) {
    this.scale = scale;
    this.cancel = cancel;
    if (picture) this.#listen(picture, (event) => event.pointerType !== "mouse" && !isTaken(), false);
    this.#listen(line, (event) => !isOnSend(event), aimsOnPress);
    addEventListener("keydown", (event) => event.key === "Escape" && this.#end());
  }

  /**
   * @param {HTMLElement} area
   * @param {(event: PointerEvent) => boolean} accepts
   * @param {boolean} aimsOnPress
   */
  #listen(area, accepts, aimsOnPress) {
    area.addEventListener("pointerdown", (event) => {
      if (event.isPrimary && event.button === 0 && accepts(event)) this.#begin(area, event, aimsOnPress);
      else this.#end();
    });
    area.addEventListener("pointermove", (event) => this.#move(area, event));
    area.addEventListener("pointerup", (event) => this.#finish(event));
    area.addEventListener("pointercancel", () => this.#end());
  }

  /**
   * @param {HTMLElement} area
   * @param {PointerEvent} event
   * @param {boolean} aimsOnPress
   */
  #begin(area, event, aimsOnPress) {
    this.#drag = { id: event.pointerId, clientX: event.clientX, clientY: event.clientY, isAiming: false, hasMoved: false };
    if (aimsOnPress) this.#aim(area, event);
  }

  /**
   * @param {HTMLElement} area
   * @param {PointerEvent} event
   */
  #move(area, event) {
    const drag = this.#drag;
    if (!drag || drag.id !== event.pointerId) return;
    drag.hasMoved ||= this.#travel(drag, event) > THRESHOLD_PX;
    if (drag.hasMoved) this.#aim(area, event);
  }

  /**
   * How far the finger went along the scale's axis.
   * @param {Drag} drag
   * @param {PointerEvent} event
   */
  #travel(drag, event) {
    return Math.abs(this.scale.axis === "x" ? event.clientX - drag.clientX : event.clientY - drag.clientY);
  }

  /**
   * @param {HTMLElement} area
   * @param {PointerEvent} event
   */
  #aim(area, event) {
    if (this.#drag && !this.#drag.isAiming) {
      this.#drag.isAiming = true;
      area.setPointerCapture(event.pointerId);
    }
    this.scale.aimAt(event, this.#drag ?? event);
  }

  /** @param {PointerEvent} event */
  #finish(event) {
    const drag = this.#drag;
    if (!drag || drag.id !== event.pointerId) return;
    this.#drag = null;
    if (!drag.isAiming) return;
    if (this.cancel && this.#isOver(this.cancel, event)) this.scale.reset();
    else if (drag.hasMoved) this.scale.commit(event.timeStamp);
  }

  #end() {
    if (this.#drag?.isAiming) this.scale.reset();
    this.#drag = null;
  }

  /**
   * @param {HTMLElement} element
   * @param {PointerEvent} event
   */
  #isOver(element, event) {
    const box = element.getBoundingClientRect();
    return event.clientY < box.bottom && event.clientY >= box.top && event.clientX >= box.left && event.clientX <= box.right;
  }
}
