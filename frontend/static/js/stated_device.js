/** Keep what the device is, where the study takes certain ones only: each lease states it. */

import { measuredDevice } from "./device.js";

document.documentElement.dataset.device = JSON.stringify(measuredDevice());
