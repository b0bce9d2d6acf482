"""What the live model expects of pictures that it has seen; the reward server scores all others."""

from typing import TYPE_CHECKING, Any

from scoring.services import callers
from scoring.services.callers import Caller

if TYPE_CHECKING:
    from scoring.server.answers import ScoreResponse


def identify_caller(*, token: str) -> Caller:
    """Find who asks for scores."""
    return callers.identify_caller(token=token)


def score_named(*, body: Any, accept: str, caller: Caller) -> "ScoreResponse | None":
    """Score pictures that are named only; nothing where the request has others, or says something of them."""
    from scoring.pipeline.serving import score  # NumPy, which most web requests do not need
    from scoring.server.answers import answer, negotiated
    from scoring.server.backend import judged_prompts
    from scoring.server.requests import read_json

    asked = read_json(body)
    if not asked.is_plain:
        return None
    media_type = negotiated(accept)
    case = score.open_case(request=asked, caller=caller)
    return answer(case, score.score_known(case), judged_prompts(case), media_type=media_type)
