"""What a training run reads, and which studies need one."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, F, FloatField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce, Now

from ratings.choices import (
    ACTIVE_JOB_STATES,
    UNTRUE_RATINGS,
    AssignmentKind,
    ParticipationState,
    Policy,
    StudyState,
)
from ratings.models import Choice, Image, Participation, Rating, Study, StudyImage
from ratings.replicas import read_source
from ratings.selectors.quality import flagged_participations
from ratings.statements.prepared import array_literal, fetched
from scoring.models import (
    Embedding,
    EmbeddingAttempt,
    ModelState,
    ModelVersion,
    Taste,
    TrainingRun,
)
from scoring.selectors.choices import choice_count, compared_images
from scoring.statements import NEWS, PARTICIPATIONS, WITH_NEWS

POLICY = "assignment__policy"
COLUMNS = "participation_id", "image_id", "learned", "id", "value", "replaced_at", "assignment__kind", POLICY
MOST_ATTEMPTS = 3  # processes that an image may cost
TAUGHT_BY = (AssignmentKind.FRESH, AssignmentKind.STEERED)
NO_OPINION = frozenset({AssignmentKind.PRACTICE.value, AssignmentKind.ATTENTION.value})


@dataclass(frozen=True, kw_only=True)
class TrainingRow:
    """One rating as training reads it, on the study's own scale."""

    participation_id: UUID
    image_id: UUID
    value: float
    rating_id: int
    policy: str = ""  # that chose the image


@dataclass(frozen=True, kw_only=True)
class StudyRatings:
    """All that a study's raters said, read in one statement and so at one moment."""

    learnable: list[TrainingRow]
    test: list[TrainingRow]  # the slice drawn uniformly, never trained on
    repeats: list[TrainingRow]  # second ratings of the same images
    elsewhere: list[int]  # those without a value on the scale that models learn: another one is no opinion on it
    newest: dict[UUID, int]  # by participation, the newest row of any kind at that moment

    @property
    def count(self) -> int:
        """Count the current first ratings."""
        return len(self.learnable) + len(self.test)


def learned_scale(study: Study) -> str:
    """Name the scale that models of a study learn; nothing where that is the main or the only one."""
    main = next((scale.key for scale in study.named_scales), "")
    return "" if study.trained_scale == main else study.trained_scale


def value_on(scale: str) -> F | Cast:
    """Give the column of the values on a scale, the main one where it has no name; a rating may have none there."""
    return Cast(KT(f"scales__{scale}"), FloatField()) if scale else F("value")


def study_ratings(*, study: Study) -> StudyRatings:
    """Give the current ratings, on the scale that models learn, in a stable order.

    Practice and attention checks are left out, raters with a confirmed flag where the study says so, and pictures that
    were taken off it for a reason after which their ratings teach nothing.
    """
    left_out = flagged_participations(study=study) if study.train_without_flagged else frozenset()
    rows = (
        Rating.objects.using(read_source().alias)
        .filter(participation__study=study)
        .exclude(assignment__study_image__off_reason__in=UNTRUE_RATINGS)
        .annotate(learned=value_on(learned_scale(study)))
        .order_by("participation_id", "id")
        .values_list(*COLUMNS)
    )
    found = StudyRatings(learnable=[], test=[], repeats=[], elsewhere=[], newest={})
    for participation, image, learned, rating, value, replaced, kind, policy in rows.iterator(chunk_size=10_000):
        found.newest[participation] = rating
        if value is None or replaced is not None or kind in NO_OPINION or participation in left_out:
            continue
        if learned is None:
            found.elsewhere.append(rating)
            continue
        row = TrainingRow(
            participation_id=participation, image_id=image, value=learned, rating_id=rating, policy=policy
        )
        if kind == AssignmentKind.REPEAT:
            found.repeats.append(row)
        else:
            (found.test if policy == Policy.RANDOM else found.learnable).append(row)
    return found


def raters_with_news(*, participation_ids: Collection[UUID]) -> dict[Study, list[Participation]]:
    """Give, by study, those of the participations with rating rows that the live model has not looked at."""
    found: defaultdict[int, list[Participation]] = defaultdict(list)
    for participation in PARTICIPATIONS.fetched(WITH_NEWS, {"participations": array_literal(participation_ids)}):
        found[participation.study_id].append(participation)
    studies = Study.objects.in_bulk(found)
    for key, study in studies.items():
        for participation in found[key]:
            participation.study = study
    return {study: found[key] for key, study in studies.items()}


@dataclass(frozen=True, kw_only=True)
class News:
    """What a rater did after a rating row, read in one statement and so at one moment."""

    newest: int
    has_changes: bool  # whether a rating was changed or undone
    learnable: list[TrainingRow]  # the current ratings, without practice, repeats and the test slice


def news_of(*, participation: Participation, after: int, scale: str = "") -> News | None:
    """Give what a rater did after a rating row, on the main scale unless another is named; none if nothing."""
    values = {"participation": participation.pk, "after": after, "taught_by": [*TAUGHT_BY], "scale": scale}
    rows = fetched(NEWS, values)
    if not rows:
        return None
    return News(
        newest=rows[-1][0],
        has_changes=any(changes for *_, changes, _ in rows),
        learnable=[
            TrainingRow(participation_id=participation.pk, image_id=image, value=value, rating_id=rating)
            for rating, image, value, _, is_learnable in rows
            if is_learnable
        ],
    )


def participations_with_news(*, version: ModelVersion, since: datetime | None = None) -> list[UUID]:
    """Give the participations, seen lately if asked for, with rating rows that a version has not looked at."""
    taste = Taste.objects.filter(model_version=version, participation=OuterRef("pk"))
    newest = Rating.objects.filter(participation=OuterRef("pk")).order_by("-pk")
    rows = Participation.objects.filter(study=version.study_id).annotate(
        newest=Subquery(newest.values("pk")[:1]), known=Coalesce(Subquery(taste.values("last_rating")[:1]), 0)
    )
    if since is not None:
        rows = rows.filter(last_seen_at__gte=since)
    return list(rows.filter(newest__gt=F("known")).values_list("pk", flat=True))


def raters_at_work(*, study_id: int, since: datetime) -> list[UUID]:
    """Give the participations that rated lately and have not finished."""
    rows = Participation.objects.filter(study=study_id, state=ParticipationState.ACTIVE, last_seen_at__gte=since)
    return list(rows.order_by("-last_seen_at").values_list("pk", flat=True))


def raters_of_images(*, study_id: int, images: Collection[UUID]) -> list[UUID]:
    """Give the participations of a study with a current rating of any of these images."""
    rows = Rating.objects.current().filter(participation__study=study_id, image__in=images)
    return list(rows.order_by("participation_id").values_list("participation_id", flat=True).distinct())


def answer_count(*, study: Study) -> int:
    """Count the answers in a study that a model of its own is trained on: first ratings that stand, or choices."""
    rated = Rating.objects.current().filter(participation__study=study, assignment__kind=AssignmentKind.FRESH)
    return choice_count(study=study) or rated.count()


def images_without_embedding(
    *, encoder_key: str, studies: Collection[int], limit: int, without: Collection[str] = ()
) -> list[Image]:
    """Give images of studies and imported ratings that lack a vector and nobody embeds, oldest first; none archived."""
    return list(
        unseen_by(encoder_key=encoder_key, studies=studies)
        .exclude(pk__in=without)
        .exclude(pk__in=given_up(encoder_key=encoder_key).values("image"))
        .exclude(pk__in=claimed(encoder_key=encoder_key).values("image"))
        .order_by("created_at")
        .distinct()[:limit]
    )


def unseen_by(*, encoder_key: str, studies: Collection[int]) -> QuerySet[Image]:
    """Give the images of studies, and of imported ratings, that the encoder has not seen; none archived."""
    return (
        Image.objects.filter(archived_at__isnull=True)
        .filter(
            Q(study_images__study__in=studies)
            | Q(dataset_images__isnull=False)
            | Q(pk__in=compared_images(studies=studies).values("pk"))
        )
        .exclude(embeddings__encoder_key=encoder_key)
    )


def is_embedded_elsewhere(*, encoder_key: str, studies: Collection[int]) -> bool:
    """Tell whether another process is at work on images of these studies."""
    held = claimed(encoder_key=encoder_key).values("image")
    return unseen_by(encoder_key=encoder_key, studies=studies).filter(pk__in=held).exists()


def given_up(*, encoder_key: str) -> QuerySet[EmbeddingAttempt]:
    """Give the images at which so many processes died that none is to try them again."""
    lapsed = EmbeddingAttempt.objects.filter(encoder_key=encoder_key, claimed_until__lte=Now())
    return lapsed.filter(count__gte=MOST_ATTEMPTS)


def claimed(*, encoder_key: str) -> QuerySet[EmbeddingAttempt]:
    """Give the images that a process is at work on."""
    return EmbeddingAttempt.objects.filter(encoder_key=encoder_key, claimed_until__gt=Now())


def tried_before(*, encoder_key: str, images: Collection[Image]) -> set[UUID]:
    """Give those of the images at which a process died."""
    rows = EmbeddingAttempt.objects.filter(encoder_key=encoder_key, image__in=images)
    return set(rows.values_list("image_id", flat=True))


def embedding_progress(*, studies: Collection[int], encoder_key: str) -> tuple[int, int]:
    """Count the images of studies that the encoder has seen, and all of them; one of two studies counts twice."""
    total = StudyImage.objects.filter(study__in=studies, image__archived_at__isnull=True).count()
    at_hand = Embedding.objects.filter(image__archived_at__isnull=True)
    seen = at_hand.filter(image__study_images__study__in=studies, encoder_key=encoder_key)
    return seen.count(), total


def studies_wanting_training() -> list[Study]:
    """Give studies with so many new ratings, or choices, since the last run as their settings say, or another encoder.

    A run that failed or was cancelled counts: it is not tried again until more answers came in.
    """
    busy = TrainingRun.objects.filter(state__in=ACTIVE_JOB_STATES).values("study")
    last = TrainingRun.objects.filter(study=OuterRef("pk")).order_by("-created_at")
    live = ModelVersion.objects.filter(study=OuterRef("pk"), state=ModelState.LIVE)
    stands = Q(participations__ratings__replaced_at__isnull=True, participations__ratings__value__isnull=False)
    fresh = Q(participations__ratings__assignment__kind=AssignmentKind.FRESH)
    chosen = Choice.objects.current().filter(participation__study=OuterRef("pk")).order_by()
    counted = chosen.values("participation__study").annotate(count=Count("pk")).values("count")
    chooses = When(taste_from__isnull=True, then=Coalesce(Subquery(counted), 0))
    known = Q(encoder_key="") | Q(live_encoder="") | Q(encoder_key__in=(F("live_encoder"), F("tried_encoder")))
    return list(
        Study.objects.filter(state__in=(StudyState.OPEN, StudyState.PAUSED))
        .exclude(pk__in=busy)
        .annotate(
            rated=Count("participations__ratings", filter=stands & fresh),
            chosen=Case(chooses, default=0),
            answered=F("rated") + F("chosen"),
            learned=Coalesce(Subquery(last.values("rating_count")[:1]), 0),
            tried_encoder=Coalesce(Subquery(last.values("encoder_key")[:1]), Value("")),
            live_encoder=Coalesce(Subquery(live.values("encoder_key")[:1]), Value("")),
        )
        .filter(Q(answered__gte=F("learned") + F("retrain_every")) | ~known)
    )
