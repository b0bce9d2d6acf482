"""Ask a Pamela server what one person likes, and run its studies, from a script or a notebook.

A package of its own, `pamela-client`, that knows nothing of the server but its HTTP API.
"""

from .asynchronous import AsyncPamela, AsyncPersonalReward
from .client import Pamela, PersonalReward
from .errors import JobFailedError, PamelaError, RefusedCallError, UnreachableError
from .preferences import Preferences, preferences
from .released import RewardModel
from .shapes import DumpFacts, ImportFacts, PushFacts, RunFacts, ScoreArrays, StudyFacts, VersionFacts
from .trainers import BestOf, best_of, compute_score, flow_grpo_reward
from .transport import Retries

__all__ = [
    "AsyncPamela",
    "AsyncPersonalReward",
    "BestOf",
    "DumpFacts",
    "ImportFacts",
    "JobFailedError",
    "Pamela",
    "PamelaError",
    "PersonalReward",
    "Preferences",
    "PushFacts",
    "RefusedCallError",
    "Retries",
    "RewardModel",
    "RunFacts",
    "ScoreArrays",
    "StudyFacts",
    "UnreachableError",
    "VersionFacts",
    "best_of",
    "compute_score",
    "flow_grpo_reward",
    "preferences",
]
