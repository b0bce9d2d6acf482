"""What models compute from the records, one noun per file."""

from scoring.models.embedding import DescriptionEmbedding, Embedding, EmbeddingAttempt
from scoring.models.hub_push import HubPush
from scoring.models.model_version import ModelState, ModelVersion, Representation
from scoring.models.notes import Noted
from scoring.models.rater_outlook import RaterOutlook
from scoring.models.steering_offer import SteeringOffer
from scoring.models.steering_run import FitJudge, SteeringMode, SteeringRun, SteeringStep
from scoring.models.study_plan import StudyPlan
from scoring.models.taste import Taste, TasteProfile
from scoring.models.tracked_run import TrackedRun
from scoring.models.training_run import TrainingRun
from scoring.models.version_comparison import VersionComparison

__all__ = [
    "DescriptionEmbedding",
    "Embedding",
    "EmbeddingAttempt",
    "FitJudge",
    "HubPush",
    "ModelState",
    "ModelVersion",
    "Noted",
    "RaterOutlook",
    "Representation",
    "SteeringMode",
    "SteeringOffer",
    "SteeringRun",
    "SteeringStep",
    "StudyPlan",
    "Taste",
    "TasteProfile",
    "TrackedRun",
    "TrainingRun",
    "VersionComparison",
]
