"""Write what serving reads of a version: what it sees in each image, and what it knows of each rater."""

from uuid import UUID

from ratings.models import Participation, Study
from scoring.ml.reward import RewardModel
from scoring.models import ModelVersion
from scoring.pipeline.inputs.arrays import image_arrays
from scoring.pipeline.serving.live import prior_of
from scoring.selectors.images import images_of_model
from scoring.selectors.training import StudyRatings
from scoring.selectors.versions import unseen_images
from scoring.services import versions
from scoring.services.tastes import KnownTaste, save_taste

CHUNK = 5000  # images represented at once


def represent_missing(version: ModelVersion, model: RewardModel) -> list[UUID]:
    """Let a version see the images that it has not seen, of the study and of pairs that teach it; give them."""
    wanted = unseen_images(version=version)
    keys = list(dict.fromkeys(key for images in wanted for key in images.values_list("pk", flat=True)))
    for start in range(0, len(keys), CHUNK):
        images = images_of_model(study_id=version.study_id, images=keys[start : start + CHUNK])
        arrays = image_arrays(images=images, encoder_key=version.encoder_key)
        seen = model.represent(arrays)
        by_key = {image.key: image.image_id for image in images}
        versions.save_representations(
            version=version,
            seen=(
                versions.SeenImage(
                    image_id=by_key[key],
                    z=seen.z[row].tolist(),
                    consensus=float(seen.consensus[row]),
                    variance=float(seen.variance[row]),
                )
                for row, key in enumerate(arrays.keys)
            ),
        )
    return keys


def save_tastes(study: Study, version: ModelVersion, model: RewardModel, ratings: StudyRatings) -> None:
    """Keep the taste of every rater of the study, and up to where it was learned."""
    counts: dict[UUID, int] = {}
    for row in ratings.learnable:
        counts[row.participation_id] = counts.get(row.participation_id, 0) + 1
    rows = Participation.objects.filter(study=study).select_related("rater__profile")
    for participation in rows.iterator(chunk_size=500):
        posterior = model.known_raters.get(str(participation.pk))
        known = KnownTaste(
            posterior=posterior.to_bytes() if posterior else prior_of(model, participation),
            rating_count=counts.get(participation.pk, 0) if posterior else 0,
            last_rating=ratings.newest.get(participation.pk, 0),
        )
        save_taste(version=version, participation_id=participation.pk, known=known)
