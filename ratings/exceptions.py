"""What can go wrong with the records, each with a stable code and a sentence that says how to correct it."""

from collections.abc import Sequence
from typing import ClassVar

SHOWN = 10  # choices in a message


class RecordError(Exception):
    """The family of domain errors of this app."""

    code: ClassVar[str] = "record_error"

    def __init__(self, message: str, *, fields: dict[str, str] | None = None) -> None:
        """Keep the sentence for people and the fields it is about."""
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class NotFoundError(RecordError):
    """What was asked for is not there, or not the asker's to see."""

    code = "not_found"


class AmbiguousNameError(RecordError):
    """A name means several."""

    code = "ambiguous_name"


class InvitationError(NotFoundError):
    """An invitation is unknown, used, expired or withdrawn."""

    code = "invitation_refused"


class StudyNotFoundError(NotFoundError):
    """No study has that name."""

    code = "study_not_found"


class ArenaNotFoundError(NotFoundError):
    """The study shows no ranking."""

    code = "arena_not_found"


class AssignmentNotFoundError(NotFoundError):
    """No assignment has that number."""

    code = "assignment_not_found"


class RatingNotFoundError(NotFoundError):
    """No rating of the asker has that nonce."""

    code = "rating_not_found"


class ChoiceNotFoundError(NotFoundError):
    """No choice of the asker has that nonce."""

    code = "choice_not_found"


class ResumeLinkSpentError(NotFoundError):
    """The resume link was used or replaced, or is too old."""

    code = "resume_link_spent"


class NotAllowedError(RecordError):
    """The asker may not do this."""

    code = "not_allowed"


class RightsError(NotAllowedError):
    """Somebody would gain or give rights that they do not have."""

    code = "rights_refused"


class ForeignAssignmentError(NotAllowedError):
    """The assignment belongs to somebody else."""

    code = "foreign_assignment"


class WithdrawnError(NotAllowedError):
    """The rater has withdrawn."""

    code = "withdrawn"


class OtherRaterError(NotAllowedError):
    """The page was made for one rater, and the browser is signed in as another."""

    code = "other_rater"


class NotEnrolledError(NotAllowedError):
    """The asker takes no part in the study."""

    code = "not_enrolled"


class DeviceNotAllowedError(NotAllowedError):
    """The study is for other devices than the one that somebody wants to join on, or that one is not known."""

    code = "device_not_allowed"


class ConflictError(RecordError):
    """The request does not fit the state things are in."""

    code = "conflict"


class DeviceChangedError(ConflictError):
    """A rater goes on where the device is none that the study takes, or is not known: on another one they go on."""

    code = "device_changed"


class TextsIncompleteError(ConflictError):
    """The study says something in its first language alone, and nobody has confirmed that it may."""

    code = "texts_incomplete"


class StudyClosedError(ConflictError):
    """The study takes no more answers."""

    code = "study_closed"


class StudyPausedError(ConflictError):
    """The study is paused."""

    code = "study_paused"


class StudyNotYetOpenError(ConflictError):
    """The study opens later."""

    code = "study_not_yet_open"


class StudyFullError(ConflictError):
    """The study has all the people or answers it wants."""

    code = "study_full"


class OtherDesignError(ConflictError):
    """The study asks something else of its raters."""

    code = "other_design"


class LeaseExpiredError(ConflictError):
    """The image was given to somebody else in the meantime."""

    code = "lease_expired"


class NotLeasedError(ConflictError):
    """The assignment was never handed out, or was given back."""

    code = "not_leased"


class PictureTakenOffError(ConflictError):
    """The picture, or one of those compared, was taken off the study."""

    code = "picture_taken_off"


class NonceReusedError(ConflictError):
    """The nonce was used before, with another body."""

    code = "nonce_reused"


class AlreadyReplacedError(ConflictError):
    """A newer opinion stands in the place of this one."""

    code = "already_replaced"


class AlreadyTakingPartError(ConflictError):
    """The external id belongs to a participation that the asker does not prove to be theirs."""

    code = "already_taking_part"


class PreviewOnlyError(ConflictError):
    """The platform shows the study to somebody who has not accepted it yet."""

    code = "preview_only"


class ConsentOutdatedError(ConflictError):
    """The consent text has changed since it was read."""

    code = "consent_outdated"


class ConsentChangedError(ConflictError):
    """The rater agreed to an earlier consent text, and has to agree to the present one before going on."""

    code = "consent_changed"


class VisionCheckNeededError(ConflictError):
    """The study checks colour vision or screen first, and the rater has not looked at all of it."""

    code = "vision_check_needed"


class PlateNotShownError(ConflictError):
    """The answer is about another plate of the check than the one that the rater is shown."""

    code = "plate_not_shown"


class TextsRefusedError(ConflictError):
    """A change of a study's texts would change what answers already given mean."""

    code = "texts_refused"


class InvalidInputError(RecordError):
    """The input is wrong; the fields say where."""

    code = "invalid"


class ExternalIdRefusedError(InvalidInputError):
    """What stands in the place of the external id is no id."""

    code = "external_id_refused"


class ValueOffScaleError(InvalidInputError):
    """The value is not on the study's scale."""

    code = "value_off_scale"


class ChoiceNotOfferedError(InvalidInputError):
    """The study shows other pictures than the choice names."""

    code = "choice_not_offered"


class TieNotAllowedError(InvalidInputError):
    """The study wants a decision between the two pictures."""

    code = "tie_not_allowed"


class ProfileInvalidError(InvalidInputError):
    """A profile answer is not among the options."""

    code = "profile_invalid"


class ImageRejectedError(InvalidInputError):
    """A file is not a picture that can be taken in."""

    code = "image_rejected"


class FileRejectedError(InvalidInputError):
    """A list, archive or table cannot be read."""

    code = "file_rejected"


class ChoiceNeededError(FileRejectedError):
    """A file holds several candidates, such as two sheets or two columns: the person who imports has to choose."""

    code = "choice_needed"

    def __init__(self, message: str, *, option: str, choices: Sequence[str]) -> None:
        """List what could be meant, and keep the option that says it."""
        shown = ", ".join(choices[:SHOWN]) + (f" and {len(choices) - SHOWN:,} more" if len(choices) > SHOWN else "")
        super().__init__(f"{message}: {shown}; choose with --{option} NAME.", fields={option: "Choose one."})
        self.question = message
        self.option = option
        self.choices = tuple(choices)


class StorageFailedError(RecordError):
    """The disk or the object storage takes no more."""

    code = "storage_failed"


class JobStoppedError(Exception):
    """Leave a job that was cancelled, or is another worker's by now: nothing to be shown, so none of the family."""
