/** Enlarge the pictures on the stage, all of them alike and at the same spot; the next picture starts as it is. */

/** @typedef {{clientX: number, clientY: number}} Point */

const STEP = 1.5;
const LARGEST = 16;
const MOVE_BY = 0.1; // of the picture, with a key
const MOVED_PX = 6;
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-MOVE_BY, 0], ArrowRight: [MOVE_BY, 0], ArrowUp: [0, -MOVE_BY], ArrowDown: [0, MOVE_BY] };

/** @param {number} share */
function within(share) {
  return Math.min(1, Math.max(0, share));
}

/** @param {Point[]} points */
function apart([one, other]) {
  return Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
}

export class Zoom {
  /** How many times as large as they fit. */
  factor = 1;
  /** The largest factor since the pictures are up. */
  largest = 1;
  /** The spot that stays where it is, as shares of a picture. */
  #spot = { x: 0.5, y: 0.5 };
  /** @type {Map<number, {clientX: number, clientY: number}>} fingers on the stage */
  #fingers = new Map();
  #pinch = { distance: 0, factor: 1 };
  #hasMoved = false;

  /**
   * @param {HTMLElement} frame where the pictures are
   * @param {HTMLButtonElement} button
   */
  constructor(frame, button) {
    this.frame = frame;
    this.button = button;
    button.addEventListener("click", () => this.toggle());
    frame.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    frame.addEventListener("pointerdown", (event) => this.#onDown(event));
    frame.addEventListener("pointermove", (event) => this.#onMove(event));
    for (const kind of /** @type {const} */ (["pointerup", "pointercancel"])) addEventListener(kind, (event) => this.#fingers.delete(event.pointerId));
    frame.addEventListener("click", (event) => this.#onClick(event), { capture: true });
  }

  get isOn() {
    return this.factor > 1;
  }

  /** Whether fingers on the picture enlarge or move it. */
  get isTaken() {
    return this.isOn || this.#fingers.size > 1;
  }

  /** As the pictures fit, for the next ones. */
  reset() {
    this.largest = 1;
    this.#spot = { x: 0.5, y: 0.5 };
    if (this.isOn) this.#set(1);
  }

  /** One pixel of the picture on one of the screen, or as it fits; a picture that fits so is shown at double size. */
  toggle() {
    const actual = this.#actualFactor();
    this.#set(this.isOn ? 1 : actual > 1.01 ? actual : 2);
  }

  /**
   * Move in an enlarged picture, change its size, or leave it.
   * @param {string} key
   */
  press(key) {
    if (key === "+" || key === "_" || key === "-") {
      this.#set(key === "+" ? this.factor * STEP : this.factor / STEP);
      return true;
    }
    if (!this.isOn) return false;
    if (key === "Escape") this.#set(1);
    else if (MOVES[key]) this.#moveTo(this.#spot.x + MOVES[key][0], this.#spot.y + MOVES[key][1]);
    else return false;
    return true;
  }

  /** @returns {HTMLImageElement[]} */
  get #pictures() {
    return [...this.frame.querySelectorAll("img")];
  }

  /** By how much the first picture is larger than it is shown: its own pixels on those of the screen. */
  #actualFactor() {
    const [picture] = this.#pictures;
    const { width = 0 } = picture ? { width: Number(picture.getAttribute("width")) } : {};
    return picture ? width / devicePixelRatio / Math.max(1, picture.clientWidth) : 1;
  }

  /** @param {number} factor */
  #set(factor) {
    this.factor = Math.min(LARGEST, Math.max(1, factor));
    this.largest = Math.max(this.largest, this.factor);
    this.frame.classList.toggle("is-zoomed", this.isOn);
    this.button.setAttribute("aria-pressed", String(this.isOn));
    for (const picture of this.#pictures) {
      picture.style.scale = this.isOn ? String(this.factor) : "";
      if (this.isOn && picture.srcset) picture.sizes = `${Math.ceil(picture.clientWidth * this.factor)}px`; // a finer one
    }
    this.#moveTo(this.#spot.x, this.#spot.y);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #moveTo(x, y) {
    this.#spot = { x: within(x), y: within(y) };
    for (const picture of this.#pictures) picture.style.transformOrigin = `${100 * this.#spot.x}% ${100 * this.#spot.y}%`;
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    if (event.ctrlKey || document.documentElement.scrollHeight > innerHeight) return; // the browser's own, or scrolling
    event.preventDefault();
    if (!this.isOn) this.#aim(event);
    this.#set(this.factor * (event.deltaY < 0 ? STEP : 1 / STEP));
  }

  /** Let the spot below a point be the one that stays. @param {Point & {target: EventTarget | null}} event */
  #aim({ clientX, clientY, target }) {
    const place = target instanceof Element ? target.closest(".side, .place, .frame") : null;
    const picture = place?.querySelector("img");
    if (!picture) return;
    const box = picture.getBoundingClientRect();
    this.#moveTo((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  }

  /** @param {PointerEvent} event */
  #onDown(event) {
    if (event.isPrimary) {
      this.#fingers.clear();
      this.#hasMoved = false;
    }
    this.#fingers.set(event.pointerId, event);
    if (this.#fingers.size !== 2) return;
    const fingers = [...this.#fingers.values()];
    if (!this.isOn) this.#aim({ clientX: (fingers[0].clientX + fingers[1].clientX) / 2, clientY: (fingers[0].clientY + fingers[1].clientY) / 2, target: event.target });
    this.#pinch = { distance: apart(fingers), factor: this.factor };
    this.#hasMoved = true;
  }

  /** @param {PointerEvent} event */
  #onMove(event) {
    const before = this.#fingers.get(event.pointerId);
    if (!before) return;
    if (this.#fingers.size === 1 && this.isOn) this.#drag(before, event);
    else if (this.#fingers.size === 2) this.#fingers.set(event.pointerId, event);
    if (this.#fingers.size === 2) this.#set(this.#pinch.factor * (apart([...this.#fingers.values()]) / Math.max(1, this.#pinch.distance)));
  }

  /**
   * @param {Point} before
   * @param {PointerEvent} event
   */
  #drag(before, event) {
    const [picture] = this.#pictures;
    const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
    if (!picture || (!this.#hasMoved && Math.hypot(dx, dy) < MOVED_PX)) return;
    this.#hasMoved = true;
    this.#fingers.set(event.pointerId, event);
    const beyond = this.factor - 1; // so much of the picture lies outside its box
    this.#moveTo(this.#spot.x - dx / (picture.clientWidth * beyond), this.#spot.y - dy / (picture.clientHeight * beyond));
  }

  /** A finger that moved or enlarged the picture has chosen nothing. @param {MouseEvent} event */
  #onClick(event) {
    if (!this.#hasMoved) return;
    this.#hasMoved = false;
    event.stopPropagation();
  }
}
