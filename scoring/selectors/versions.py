"""Which model serves, and what it knows."""

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import Q, QuerySet

from ratings.choices import JobState
from ratings.models import Image, Participation, Study
from ratings.sentences import staff_gettext
from ratings.statements.prepared import array_literal
from scoring.exceptions import ModelMissingError
from scoring.models import ModelState, ModelVersion, Representation, Taste, TrainingRun
from scoring.selectors.checkpoints import has_checkpoint
from scoring.selectors.choices import compared_images
from scoring.statements import LIVE, REPRESENTATIONS, SEEN, VERSIONS


def live_version(*, study_id: int) -> ModelVersion | None:
    """Give the version that serves a study now."""
    return next(iter(VERSIONS.fetched(LIVE, {"study": study_id})), None)


def version_of_data(*, run: TrainingRun, encoder_key: str, data_digest: str) -> ModelVersion | None:
    """Give the newest version trained on just this data, whether it serves or was found worse.

    Only one whose run ended well and whose files can be read counts: what an attempt left that failed, was broken
    off, or has lost its files prevents no further training.
    """
    same = ModelVersion.objects.filter(study=run.study_id, encoder_key=encoder_key, data_digest=data_digest)
    made = same.filter(Q(run__isnull=True) | Q(run__state=JobState.SUCCEEDED)).exclude(run=run).order_by("-number")
    return next((version for version in made if has_checkpoint(version=version)), None)


def access_live_version(*, study_slug: str) -> ModelVersion:
    """Give the version that serves a study now, or say that there is none."""
    version = ModelVersion.objects.select_related("study").filter(study__slug=study_slug, state=ModelState.LIVE).first()
    if version is None:
        raise ModelMissingError(
            staff_gettext("The study {study_slug} has no live model yet: collect ratings and retrain.").format(
                study_slug=f"{study_slug!r}"
            )
        )
    return version


def access_version(*, study_slug: str, number: int) -> ModelVersion:
    """Give a version by its number, or say that there is none."""
    version = ModelVersion.objects.select_related("study").filter(study__slug=study_slug, number=number).first()
    if version is None:
        raise ModelMissingError(
            staff_gettext("The study {study_slug} has no model version {number}.").format(
                study_slug=f"{study_slug!r}", number=number
            )
        )
    return version


def representations(*, version: ModelVersion, images: Collection[UUID]) -> dict[UUID, Representation]:
    """Give what a version makes of images, by image; one it never saw is absent."""
    rows = REPRESENTATIONS.fetched(SEEN, {"version": version.pk, "images": array_literal(images)})
    return {row.image_id: row for row in rows}


def first_representations(*, version: ModelVersion, limit: int) -> list[Representation]:
    """Give what a version makes of its study's first images by digest."""
    own = Representation.objects.filter(model_version=version, image__study_images__study=version.study_id)
    return list(own.order_by("image__sha256")[:limit])


def taste_of(*, version: ModelVersion, participation_id: UUID) -> Taste | None:
    """Give what a version knows of a rater."""
    return Taste.objects.filter(model_version=version, participation=participation_id).first()


def versions_missing_images() -> list[ModelVersion]:
    """Give live versions whose study has embedded images that they have not seen."""
    return [version for version in ModelVersion.objects.filter(state=ModelState.LIVE) if has_unseen_images(version)]


def has_unseen_images(version: ModelVersion) -> bool:
    """Tell whether the study has embedded images that the version has not seen."""
    return any(images.exists() for images in unseen_images(version=version))


def unseen_images(*, version: ModelVersion) -> list[QuerySet[Image]]:
    """Give the embedded images that a version has not seen: of its study, and of pairs that teach it.

    Two queries rather than one with an "or", which would walk through every image there is.
    """
    own = Image.objects.filter(study_images__study=version.study_id)
    compared = compared_images(studies=[version.study_id])
    return [
        images.filter(embeddings__encoder_key=version.encoder_key).exclude(representations__model_version=version)
        for images in (own, compared)
    ]


def live_versions() -> list[ModelVersion]:
    """Give all versions that serve, with their studies."""
    return list(ModelVersion.objects.filter(state=ModelState.LIVE).select_related("study").defer("metrics"))


def only_study_with_model(*, among: QuerySet[Study]) -> str:
    """Give the study with a live model where there is just one; ask for its name otherwise."""
    versions = ModelVersion.objects.filter(state=ModelState.LIVE, study__in=among)
    slugs = list(versions.values_list("study__slug", flat=True)[:2])
    if len(slugs) == 1:
        return str(slugs[0])
    if not slugs:
        raise ModelMissingError(staff_gettext("No study has a live model yet: collect ratings and retrain."))
    raise ModelMissingError(
        staff_gettext("Several studies have a live model: name one."), fields={"study": staff_gettext("name one")}
    )


def ratings_learned(*, participations: Sequence[Participation]) -> dict[UUID, int]:
    """Give from how many ratings the newest taste of each was learned; those without a taste are left out."""
    tastes = Taste.objects.filter(participation__in=participations).order_by("updated_at")
    return dict(tastes.values_list("participation_id", "rating_count"))
