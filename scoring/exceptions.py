"""What can go wrong with models, each with a stable code and a sentence that says how to fix it."""

from typing import ClassVar


class ModelError(Exception):
    """The family of domain errors of this app."""

    code: ClassVar[str] = "model_error"

    def __init__(self, message: str, *, fields: dict[str, str] | None = None) -> None:
        """Keep the sentence for people and the fields it is about."""
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class ModelMissingError(ModelError):
    """The study has no live model yet."""

    code = "no_model"


class ModelUnreadableError(ModelError):
    """The files of a model version are gone, damaged, or of another version of this software."""

    code = "model_unreadable"


class EmbeddingGivenUpError(ModelError):
    """Images are left out, since the workers that embedded them died."""

    code = "embedding_given_up"


class ModelConflictError(ModelError):
    """The request does not fit the state things are in."""

    code = "model_conflict"


class TrainingInProgressError(ModelConflictError):
    """The study is being trained already."""

    code = "training_in_progress"


class UnreadableImagesError(ModelError):
    """Too many of the rated images cannot be read by the encoder."""

    code = "unreadable_images"


class UnknownImageError(ModelError):
    """An image that was asked about is not known to the model."""

    code = "unknown_image"


class UnknownEncoderError(ModelError):
    """The encoder that a study names cannot be built."""

    code = "unknown_encoder"


class ReleaseError(ModelError):
    """A model cannot be released as asked."""

    code = "release"


class SteeringRejectedError(ModelError):
    """What was asked to be steered cannot be."""

    code = "steering_rejected"


class SteeringInProgressError(ModelConflictError):
    """The same search is going on already."""

    code = "steering_in_progress"


class WishRefusedError(ModelConflictError):
    """A rater cannot have pictures made now; `fields["reason"]` is the stable name of why."""

    code = "wish_refused"


class TasteHiddenError(ModelConflictError):
    """A rater cannot see or take along their taste now; `fields["reason"]` is the stable name of why."""

    code = "taste_hidden"


class UnknownTokenError(ModelError):
    """The token that a script sends belongs to nobody."""

    code = "authentication_failed"


class ScoringForbiddenError(ModelError):
    """The asker may not have these scores."""

    code = "permission_denied"


class HubError(ModelError):
    """The Hugging Face Hub does not take what is sent, or it may not be sent."""

    code = "hub_refused"


class TrackerError(ModelError):
    """A tracker of experiments does not take what is logged."""

    code = "tracker_refused"


class LaunchError(ModelError):
    """Processes that were to train together elsewhere did not, or cannot be started there."""

    code = "launch_failed"
