"""Which plates of the colour-vision and screen check a rater is shown, and whether they passed."""

from django.utils.crypto import salted_hmac

from ratings.models import Participation
from ratings.values.plates import COLOUR_PLACES, KINDS, NUMBERS, SCREEN_PLACES, Plate, right_among, stored_answers


def plate_of(*, participation: Participation, place: int) -> Plate:
    """Give a plate of a rater: the same at every call, and for nobody to compute who does not have the key."""
    digest = salted_hmac("ratings.plates", f"{participation.pk}:{place}", algorithm="sha256").digest()
    number = NUMBERS[int.from_bytes(digest) % len(NUMBERS)]
    return Plate(place=place, kind=KINDS[place], number=number, seed=digest.hex())


def next_place(participation: Participation) -> int | None:
    """Give the place of the first plate that a rater has said nothing of.

    None where nothing is left to check, and for somebody who was handed pictures already: the check comes before them.
    """
    if participation.served:
        return None
    answered = participation.vision or {}
    return next((place for place in participation.study.checked_places if str(place) not in answered), None)


def passes_vision_check(participation: Participation) -> bool:
    """Tell whether a rater read as many numbers as their study wants."""
    study, answers = participation.study, stored_answers(participation.vision)
    sees_colours = right_among(answers, COLOUR_PLACES) >= study.vision_pass_mark
    sees_greys = right_among(answers, SCREEN_PLACES) == len(SCREEN_PLACES)
    return (sees_colours or not study.checks_colour_vision) and (sees_greys or not study.checks_screen)
