"""What the page *Made for you* does across the apps; searches are handed to the workers once they are recorded."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from ratings.exceptions import NotFoundError
from ratings.models import Participation, Rater
from ratings.selectors import participations
from ratings.tasks import queue_job
from scoring.selectors import made
from scoring.services.made import Wish, drop_wish, make_wish


@dataclass(frozen=True, kw_only=True)
class MadeForYou:
    """All that the page shows."""

    standing: made.Standing
    prompts: list[str]
    runs: list[made.MadeRun]

    @property
    def has_anything(self) -> bool:
        """Tell whether there is anything to wish for or to look at."""
        return bool(self.prompts or self.runs)


def offering_among(*, studies: Collection[int]) -> set[int]:
    """Give those of these studies whose raters may ever have pictures made for them."""
    return set(made.offering_studies().filter(study__in=studies).values_list("study", flat=True))


def made_for(*, participation: Participation) -> MadeForYou:
    """Give what a rater may wish for, and what came of their wishes."""
    offer = made.offer_of(study=participation.study)
    return MadeForYou(
        standing=made.standing(participation=participation, offer=offer),
        prompts=made.offered_prompts(offer=offer) if offer else [],
        runs=made.made_runs(participation=participation),
    )


def part_of(*, rater: Rater, slug: str) -> Participation:
    """Give a rater's part in a study, or say that they have none."""
    key = participations.access_participation(rater=rater, slug=slug)
    return Participation.objects.select_related("study").get(pk=key)


@transaction.atomic
def wish(*, rater: Rater, slug: str, nonce: UUID, prompt: str) -> Wish:
    """Have pictures made for a rater."""
    key = participations.access_participation(rater=rater, slug=slug)
    wished = make_wish(participation_id=key, nonce=nonce, prompt=prompt)
    if wished.is_new:
        queue_job(wished.run)
    return wished


def stop_wish(*, rater: Rater, slug: str, nonce: UUID) -> None:
    """Stop what is being made for a rater; stopping twice is stopping once."""
    run = made.access_wish(participation=part_of(rater=rater, slug=slug), nonce=nonce)
    if run is None:
        raise NotFoundError(gettext("Nothing of yours has this nonce."))
    drop_wish(run=run)
