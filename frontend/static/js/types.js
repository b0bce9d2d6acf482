/**
 * The shapes that travel between the modules, the server and the outbox.
 *
 * @typedef {object} ScaleSpec
 * @property {"likert" | "slider"} kind
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {Record<string, string>} labels anchor texts by value
 *
 * @typedef {object} NamedScale one of several scales
 * @property {string} key
 * @property {string} label the question
 * @property {Record<string, string>} labels anchor texts by value
 *
 * @typedef {object} Config what the server tells the rating page once
 * @property {string} slug
 * @property {string} owner the participation, so that two raters on one device never mix
 * @property {string} rater who takes part, in this study and maybe in others
 * @property {ScaleSpec} scale
 * @property {string} design what is shown at a time, and how it is answered: an entry of `stages.js`
 * @property {"ratings" | "choices"} calls what raters give, and where it is sent
 * @property {{place_of: string, taken_back: string, not_saved: string}} words the design's own
 * @property {{scales?: NamedScale[], ties_allowed?: boolean}} settings those that only its design has
 * @property {number} break_every ratings between two offered breaks; 0 for none
 * @property {boolean} show_prompt
 * @property {number} minimum_view_ms for how long a picture is visible before an answer counts
 * @property {string} surround the colour around pictures
 * @property {number | null} longest_side of a picture on the screen, in CSS pixels
 * @property {number | null} texts key of the version of the study's texts that the page shows
 * @property {{done: number, quota: number}} progress
 * @property {string} done_url
 * @property {string} leave_url
 * @property {string} consent_url where a new consent is asked for
 * @property {string} vision_url where colours and screen are checked
 * @property {string} device_url where is said which device the study needs
 * @property {string} api_base
 * @property {string} worker_url the service worker
 *
 * @typedef {object} ImageFacts
 * @property {string} id
 * @property {string} url
 * @property {number} width
 * @property {number} height
 * @property {string} placeholder a data URI, or empty
 * @property {string} [srcset]
 * @property {string} [alt] the sentence that stands in the place of the picture, if this is an attention check
 * @property {string} [prompt]
 * @property {string} [prompt_language] that the prompt is in
 *
 * @typedef {object} Item one leased assignment
 * @property {number | string} assignment
 * @property {boolean} practice
 * @property {ImageFacts} image
 * @property {string} expires_at
 *
 * @typedef {object} PairItem one leased pair
 * @property {number | string} assignment
 * @property {boolean} practice
 * @property {ImageFacts} left
 * @property {ImageFacts} right
 * @property {string} [prompt]
 * @property {string} [prompt_language] that the prompt is in
 * @property {string} expires_at
 *
 * @typedef {object} SetItem three to five pictures leased together
 * @property {number | string} assignment
 * @property {boolean} practice
 * @property {ImageFacts[]} images in the order to be shown
 * @property {string} [prompt]
 * @property {string} [prompt_language] that the prompt is in
 * @property {string} expires_at
 *
 * @typedef {object} LeaseReply
 * @property {any[]} items of the study's design: `Item`, `PairItem` or `SetItem`
 * @property {{done: number, quota: number}} progress
 * @property {"active" | "complete"} state
 * @property {number | null} texts key of the version of the study's texts to show
 * @property {number} [server_ahead_ms] how far the server's clock is ahead of performance.now()
 *
 * @typedef {{value: number, scales: Record<string, number>}} ScalesSaid
 * @typedef {number | string | ScalesSaid} Said a value, values on several scales, or which picture
 *
 * @typedef {object} RatingBody
 * @property {string} nonce
 * @property {number | string} assignment
 * @property {number} [value] of a rating
 * @property {Record<string, number>} [scales] the values on the scales after the main one
 * @property {string} [choice] of a choice among pictures
 * @property {number} response_ms
 * @property {object} client
 *
 * @typedef {object} RateEntry
 * @property {"rate"} kind
 * @property {number} seq
 * @property {string} owner
 * @property {boolean} tried whether it may already have reached the server
 * @property {string} nonce
 * @property {number | string} assignment
 * @property {RatingBody} body
 * @property {boolean} isCounted
 * @property {string | null} [replaces] nonce of the answer that this one changes
 *
 * @typedef {object} UndoEntry
 * @property {"undo"} kind
 * @property {number} seq
 * @property {string} owner
 * @property {boolean} tried
 * @property {string} nonce
 * @property {number | string} assignment
 *
 * @typedef {object} SkipEntry
 * @property {"skip"} kind
 * @property {number} seq
 * @property {string} owner
 * @property {boolean} tried
 * @property {number | string} assignment
 * @property {string} reason
 *
 * @typedef {RateEntry | UndoEntry | SkipEntry} Entry
 *
 * @typedef {object} BatchResult
 * @property {string} nonce
 * @property {number} status
 * @property {{code: string, message: string}} [error]
 *
 * @typedef {{clientX: number, clientY: number}} Point
 *
 * @typedef {object} Scale what a rating is made with, by keys, touch or pointer
 * @property {(on: boolean) => void} enable
 * @property {() => void} reset forget any aim: nothing is preset for the next picture
 * @property {(key: string, time: number) => boolean} press handle a key; true when it was one of ours
 * @property {(key: string) => boolean} isMovedBy whether a key that is held goes on moving along it
 * @property {() => boolean} takeBack forget what is half typed; true when there was something
 * @property {(character: string) => boolean} [takes] whether a typed value can go on with it
 * @property {(key: string, time: number) => boolean} shortcut handle a single-character key
 * @property {"x" | "y"} axis along which the values lie
 * @property {(point: Point, start?: Point) => void} aimAt aim with a finger, and where it came down
 * @property {(time: number) => void} commit rate with what is aimed at
 *
 * @typedef {(root: HTMLElement, spec: ScaleSpec, onRate: (value: number, time: number) => void) => Scale} BuildScale
 */
export {};
