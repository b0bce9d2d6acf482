"""Build an encoder from its key."""

from functools import lru_cache

from scoring.ml.encoders.base import Encoder
from scoring.ml.encoders.keys import DEFAULT_KEY, FIRST_KEY, LONGEST_KEY, OPEN_CLIP
from scoring.ml.memory import keep_freed_memory


@lru_cache(maxsize=2)
def build_encoder(key: str = DEFAULT_KEY) -> Encoder:
    """Return the encoder of this key; raise ValueError in one sentence when there is none."""
    if len(key) > LONGEST_KEY:
        raise ValueError(f"encoder: a key has at most {LONGEST_KEY} characters; link the folder from a shorter path")
    keep_freed_memory()
    if key in {DEFAULT_KEY, FIRST_KEY}:
        from scoring.ml.encoders.offline import OfflineEncoder

        return OfflineEncoder(key)
    if key.startswith(OPEN_CLIP):
        from scoring.ml.encoders.open_clip import OpenClipEncoder

        return OpenClipEncoder(key.removeprefix(OPEN_CLIP))
    raise ValueError(
        f"encoder: {key!r} is unknown; use {DEFAULT_KEY} or "
        f"{OPEN_CLIP}MODEL/WEIGHTS, {OPEN_CLIP}hf-hub:OWNER/NAME or {OPEN_CLIP}/a/local/directory"
    )
