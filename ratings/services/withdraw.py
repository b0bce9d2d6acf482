"""Remove a rater and everything they gave, leaving an audit row without content."""

from contextlib import suppress

from django.contrib.auth.models import User
from django.db import transaction

from ratings.choices import AssignmentKind, AssignmentState
from ratings.exceptions import ConflictError
from ratings.models import Assignment, Choice, Image, PairAssignment, Participation, Rater, Rating
from ratings.selectors.stored import pictures_made_for
from ratings.services.audit import record_act
from ratings.services.offer import drop_made_places, made_places_of
from ratings.services.pairs.places import give_back_pairs
from ratings.services.pictures import delete_image
from ratings.services.places import give_back_places

HOLDING = (AssignmentState.LEASED, AssignmentState.RATED)


@transaction.atomic
def withdraw_rater(*, rater: Rater, actor: User | None) -> None:
    """Delete all of the rater's, the pictures made for them alone included, and free the places they took."""
    list(Participation.objects.select_for_update().filter(rater=rater).order_by("pk"))  # as every click does first
    taken = (
        Assignment.objects.select_for_update(of=("self",))
        .filter(participation__rater=rater, kind=AssignmentKind.FRESH, state__in=HOLDING)
        .order_by("pk")
        .values_list("study_image_id", flat=True)
    )
    give_back_places(study_images=list(taken))
    taken_pairs = (
        PairAssignment.objects.select_for_update(of=("self",))
        .filter(participation__rater=rater, state__in=HOLDING)
        .order_by("pk")
        .values_list("pair_id", "left")
    )
    give_back_pairs(places=list(taken_pairs))
    made = made_places_of(rater=rater)
    ratings = Rating.objects.filter(participation__rater=rater).count()
    choices = Choice.objects.filter(participation__rater=rater).count()
    pictures = pictures_made_for(rater=rater)
    rater.delete()
    drop_made_places(places=made)
    for image in Image.objects.filter(pk__in=pictures).order_by("pk"):
        with suppress(ConflictError):  # in use elsewhere, such as for somebody else who got the same picture
            delete_image(image=image)
    record_act(action="withdraw", target="rater", actor=actor, ratings=ratings, choices=choices)
