"""The check of colour vision and screen that a study may ask for before the first picture."""

from django.db import transaction
from django.utils.translation import gettext

from ratings.choices import End, VisionFailing
from ratings.exceptions import InvalidInputError, PlateNotShownError, VisionCheckNeededError
from ratings.models import Participation
from ratings.selectors.vision import next_place, passes_vision_check, plate_of
from ratings.services.ends import end_participation
from ratings.services.participation_lock import lock_participation
from ratings.values.plates import PlateAnswer

LONGEST_NUMBER = 3  # digits; those of plates have two


def require_vision_check(*, participation: Participation) -> None:
    """Raise where plates are left that the rater has not looked at."""
    if next_place(participation) is not None:
        raise VisionCheckNeededError(gettext("A short check of colours and screen comes before the pictures."))


@transaction.atomic
def record_plate_answer(*, participation: Participation, place: int, said: str | None) -> None:
    """Keep what a rater says of the plate that they are shown, none for no number; of another one nothing is kept.

    After the last plate the part ends of somebody who does not pass, where the study says so.
    """
    locked = lock_participation(participation_id=participation.pk)
    if locked.end or next_place(locked) != place:
        return
    number = None if said is None else read_number(said)
    answer = PlateAnswer(said=number, right=number == plate_of(participation=locked, place=place).number)
    locked.vision = {**(locked.vision or {}), str(place): answer.as_json()}
    Participation.objects.filter(pk=locked.pk).update(vision=locked.vision)
    is_last = next_place(locked) is None
    if is_last and locked.study.vision_failing == VisionFailing.SCREEN_OUT and not passes_vision_check(locked):
        end_participation(participation=locked, end=End.VISION)


def require_answered(*, participation: Participation, place: int) -> None:
    """Raise where nothing is kept of what a rater said of a plate, because another one is shown."""
    if str(place) not in (participation.vision or {}):
        raise PlateNotShownError(gettext("Another plate is shown now: ask which one it is, and answer that one."))


def read_number(said: str) -> int:
    """Read a number in the digits of any script."""
    text = said.strip()
    if not text.isdecimal() or len(text) > LONGEST_NUMBER:
        sentence = gettext("Type the number in digits, or choose “I see no number”.")
        raise InvalidInputError(sentence, fields={"number": sentence})
    return int(text)
