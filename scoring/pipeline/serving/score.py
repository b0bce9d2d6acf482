"""Say what the live model expects of images."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from scoring.exceptions import UnknownImageError
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import Taste
from scoring.pipeline.serving.live import model_of, stored_representation
from scoring.selectors.versions import access_live_version


@dataclass(frozen=True, kw_only=True)
class Score:
    """An expected rating and its standard deviation, on the study's scale."""

    image: UUID
    mean: float
    sd: float


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Scores in the order asked, and the version that gave them."""

    model_version: str
    items: list[Score]


def score_images(*, study_slug: str, images: Sequence[UUID], rater_id: UUID | None) -> Scores:
    """Predict a rater's opinion of images; without a rater, or for one never met, the global reward."""
    version = access_live_version(study_slug=study_slug)
    model = model_of(version)
    known, seen = stored_representation(version=version, images=list(images))
    missing = [str(image) for image in images if image not in set(known)]
    if missing:
        raise UnknownImageError(
            f"The model does not know image {missing[0]}: add it to the study and wait for its embedding.",
            fields={"images": ", ".join(missing[:10])},
        )
    taste = Taste.objects.filter(model_version=version, participation__rater=rater_id).first() if rater_id else None
    posterior = TastePosterior.from_bytes(bytes(taste.posterior)) if taste else model.prior()
    predicted = model.predict(seen, posterior)
    study = version.study
    width = study.scale_max - study.scale_min
    items = [
        Score(image=image, mean=study.scale_min + width * float(mean), sd=width * float(sd))
        for image, mean, sd in zip(known, predicted.mean, predicted.sd, strict=True)
    ]
    return Scores(model_version=str(version), items=items)
