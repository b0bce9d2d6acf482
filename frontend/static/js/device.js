/** What the browser says of the device, for studies that take certain devices only. */

/** @param {string} query */
function matches(query) {
  return matchMedia(query).matches;
}

export function measuredDevice() {
  return {
    touch: matches("(any-pointer: coarse)"),
    mouse: matches("(pointer: fine)"),
    screen_width: screen.width,
    screen_height: screen.height,
    colour_depth: screen.colorDepth,
    screen_pixel_ratio: devicePixelRatio,
  };
}
