"""Let raters ask for pictures made for them: each wish once, within what the study allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from ratings.exceptions import WithdrawnError
from ratings.models import Participation, Study
from ratings.services.steered_assignments import OfferedPicture, offer_pictures
from scoring.exceptions import ModelConflictError, WishRefusedError
from scoring.generators.registry import DEFAULT_GENERATOR
from scoring.models import SteeringMode, SteeringOffer, SteeringRun
from scoring.selectors.made import offer_of, offered_prompts, shown_steps, standing, wish_numbers
from scoring.services.drawn import entry_of_step
from scoring.services.steering import SteeringOrder, cancel_steering, request_steering, settle_steering
from scoring.writers.registry import DEFAULT_WRITER


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The queued search, and whether this call queued it."""

    run: SteeringRun
    is_new: bool


def ensure_offer(*, study: Study, least_ratings: int) -> SteeringOffer:
    """Let raters of a study have pictures made for them; an existing offer stays as it is."""
    terms = {"is_on": True, "least_ratings": least_ratings}
    return SteeringOffer.objects.get_or_create(study=study, defaults=terms)[0]


@transaction.atomic
def make_wish(*, participation_id: UUID, nonce: UUID, prompt: str) -> Wish:
    """Queue a search that a rater asks for; the same nonce again gives the same search."""
    participation = lock_rater(participation_id=participation_id)
    known = SteeringRun.objects.filter(nonce=nonce).first()
    if known is not None:
        return Wish(run=repeated_wish(known, participation, prompt), is_new=False)
    offer = offer_of(study=participation.study)
    if offer is not None:
        SteeringOffer.objects.select_for_update().get(pk=offer.pk)  # guards what all raters together may ask for
    now = standing(participation=participation, offer=offer)
    if offer is None or not now.is_ready:
        raise WishRefusedError(now.sentence, fields={"reason": now.code})
    if prompt not in offered_prompts(offer=offer):
        raise WishRefusedError(gettext("Choose one of the offered subjects."), fields={"reason": "prompt"})
    order = SteeringOrder(
        participation=participation,
        prompt=prompt,
        mode=SteeringMode.SELF,
        generator=offer.generator or DEFAULT_GENERATOR,
        writer=offer.writer or DEFAULT_WRITER,
        iterations=offer.iterations,
        variants=offer.variants,
        seed=wish_numbers(participation=participation, prompt=prompt),
        nonce=nonce,
    )
    return Wish(run=request_steering(order=order, requested_by=None), is_new=True)


def lock_rater(*, participation_id: UUID) -> Participation:
    """Lock a rater's part, so that their wishes are counted one after the other; raise when they have withdrawn."""
    rows = Participation.objects.select_for_update(no_key=True, of=("self",)).select_related("study")
    found = rows.filter(pk=participation_id).first()
    if found is None:
        raise WithdrawnError(gettext("Everything about you was deleted at your request: join again to continue."))
    return found


def repeated_wish(known: SteeringRun, participation: Participation, prompt: str) -> SteeringRun:
    """Give the search of an earlier request if this one is its repetition."""
    if known.participation_id != participation.pk or known.prompt != prompt:
        raise ModelConflictError(gettext("This nonce was used before: make a new one for each click."))
    return known


def drop_wish(*, run: SteeringRun) -> None:
    """Stop a search that the rater no longer waits for; one that has ended stays as it is."""
    if run.is_active:
        cancel_steering(run=run, actor=None)


@transaction.atomic
def settle_wish(*, run: SteeringRun, best: tuple[int, int], facts: Mapping[str, Any]) -> None:
    """End a search; where a rater asked for it, let them rate what it found beside the picture as anybody gets it."""
    settle_steering(run=run, best=best, facts=facts)
    run = SteeringRun.objects.prefetch_related("steps").get(pk=run.pk)
    if run.nonce is None:
        return
    pictures = [
        OfferedPicture(entry=entry_of_step(step=step), score=step.score, model_version=str(run.model_version or ""))
        for step in shown_steps(run=run)
    ]
    offer_pictures(participation_id=run.participation_id, pictures=pictures)
