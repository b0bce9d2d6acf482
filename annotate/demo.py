"""The demo study: drawn pictures, and simulated raters with tastes of their own, labelled as simulated everywhere."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from typing import Any
from uuid import uuid4

from django.db import transaction

from ratings.choices import AssignmentKind, StudyState
from ratings.models import Participation, Rater, Study, StudyImage
from ratings.services import collect, ingest, lease, studies
from ratings.services.collection import Submission
from ratings.services.enrol import Enrolment, create_participation
from ratings.services.ingest_sources import ImageDetails, Incoming
from ratings.services.jobs.progress import Progress
from ratings.services.reservations import reserve_places
from ratings.values.platform_links import PlatformLink
from scoring.generators.demo import (
    DemoPrompt,
    Taste,
    demo_prompts,
    drawn_png,
    liking_of,
    noisy_opinion,
    own_liking,
    shared_liking,
)
from scoring.prompts.attributes import VOCABULARY
from scoring.services.made import ensure_offer

SLUG = "demo"
PICTURES = 240
BATCH = 24
RATERS = 12
RATINGS_EACH = 50
SEED = 7
LEAST_TO_WISH = 15  # ratings, before a visitor may have pictures made
AGES = ("18-29", "30-44", "45-59", "60+")


@dataclass(frozen=True, kw_only=True)
class SimulatedRater:
    """Somebody made up: a liking per attribute value, and noise."""

    weights: Taste
    rng: random.Random

    def value(self, *, study: Study, entry: StudyImage) -> float:
        """Give a noisy rating of a picture, as a step of the study's scale."""
        share = noisy_opinion(liking_of(self.weights, entry.metadata["attributes"]), self.rng)
        steps = round(share * (study.scale_max - study.scale_min) / study.scale_step)
        return study.scale_min + steps * study.scale_step


def wants_demo() -> bool:
    """Tell whether the database is empty, or the demo was left half made."""
    study = Study.objects.filter(is_demo=True, slug=SLUG).first()
    if study is None:
        return not Study.objects.exists()
    return Participation.objects.filter(study=study, rater__is_simulated=True, done__gte=RATINGS_EACH).count() < RATERS


def make_demo(*, description: dict[str, Any], progress: Progress) -> Study:
    """Make the demo, or finish it: whatever is there already is kept.

    The study opens with the first pictures, so that there is something to see within seconds.
    """
    study = Study.objects.filter(slug=SLUG).first() or studies.create_study(
        description={**description, "slug": SLUG, "is_demo": True}
    )
    prompts = demo_prompts(count=PICTURES)
    show_drawn(study=study, progress=progress)
    for batch in batches(drawn_pictures(prompts[study.study_images.count() :])):
        ingest.ingest_pictures(incoming=batch, study=study)
        if study.state == StudyState.DRAFT:
            study = studies.open_study(study=study, actor=None)
        show_drawn(study=study, progress=progress)
    ensure_offer(study=study, least_ratings=LEAST_TO_WISH)
    simulate_raters(study=study, progress=progress)
    return study


def show_drawn(*, study: Study, progress: Progress) -> None:
    """Tell how many of the pictures are drawn."""
    done = study.study_images.count()
    progress(f"drawing pictures: {done} of {PICTURES}", done / PICTURES)


def batches(pictures: Iterator[Incoming]) -> Iterator[list[Incoming]]:
    """Cut into pieces that are stored together."""
    while batch := list(islice(pictures, BATCH)):
        yield batch


def drawn_pictures(prompts: Sequence[DemoPrompt]) -> Iterator[Incoming]:
    """Draw on every core; the pictures come in the order of the prompts."""
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for prompt, data in zip(prompts, pool.map(drawn_png, prompts, chunksize=4), strict=True):
            attributes = {name: getattr(prompt.parts.attributes, name) for name in VOCABULARY}
            details = ImageDetails(
                prompt=prompt.prompt,
                generator="sketch",
                domain=prompt.parts.domain,
                metadata={"seed": prompt.seed, "attributes": attributes},
            )
            yield Incoming(
                name=f"sketch-{prompt.parts.domain}-{prompt.seed:03d}.png", read=partial(bytes, data), details=details
            )


def simulate_raters(*, study: Study, progress: Progress) -> None:
    """Let simulated raters go through the study as anybody would: enrol, lease, rate."""
    shared = shared_liking(random.Random(SEED))  # noqa: S311 - a simulation, repeatable on purpose
    for place in range(RATERS):
        rng = random.Random(f"{SEED}-{place}")  # noqa: S311
        weights = own_liking(shared, rng)
        participation = enrol_simulated(study=study, place=place)
        rate_images(participation=participation, rater=SimulatedRater(weights=weights, rng=rng))
        progress(f"simulating raters: {place + 1} of {RATERS}", (place + 1) / RATERS)


def enrol_simulated(*, study: Study, place: int) -> Participation:
    """Enrol a simulated rater, who needs no practice; one who took part before goes on."""
    name = f"simulated-{place}"
    known = Participation.objects.filter(study=study, external_id=name).select_related("study").first()
    if known is not None:
        return known
    rater = Rater.objects.create(is_simulated=True)
    link = PlatformLink(external_id=name)
    enrolment = Enrolment(consent_version=study.consent_version, rater_id=rater.pk, link=link)
    answers = {"age": AGES[place % len(AGES)]}
    with transaction.atomic():
        participation = create_participation(
            study=study, enrolment=enrolment, answers=answers, reservation=reserve_places(study=study)
        )
    participation.assignments.filter(kind=AssignmentKind.PRACTICE).delete()
    return participation


def rate_images(*, participation: Participation, rater: SimulatedRater) -> None:
    """Rate what is handed out until enough is done."""
    rated = participation.done
    while rated < RATINGS_EACH:
        leases = lease.lease_items(participation_id=participation.pk, count=10, rng=rater.rng)
        if not leases.assignments:
            return
        for assignment in leases.assignments:
            submission = Submission(
                nonce=uuid4(),
                assignment_id=assignment.pk,
                value=rater.value(study=participation.study, entry=assignment.study_image),
                response_ms=round(rater.rng.lognormvariate(7.6, 0.5)),
            )
            collect.record_answer(rater_id=participation.rater_id, submission=submission)
            rated += 1
