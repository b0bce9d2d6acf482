"""A study that is served by the model of `taste_world`, whose images are the pictures that it was fitted to."""

from ratings.models import Image, Participation, Study
from ratings.tests.factories import make_images
from scoring.ml.encoders import DEFAULT_KEY
from scoring.models import Embedding, ModelVersion, Taste, TrainingRun
from scoring.pipeline.serving.checkpoints import save_checkpoint
from scoring.services import versions
from scoring.tests.server.taste_world import fitted


def add_images(study: Study) -> list[Image]:
    """Add images with the vectors of the pictures, from blue to red."""
    images = [row.image for row in make_images(study=study, count=len(fitted().images.keys))]
    for row, image in enumerate(images):
        Embedding.objects.create(image=image, encoder_key=DEFAULT_KEY, vector=fitted().images.features[row])
    return images


def save_taste_of(name: str, *, version: ModelVersion, participation: Participation) -> None:
    """Let a rater like red, or blue."""
    posterior = fitted().tastes[name].to_bytes()
    Taste.objects.create(model_version=version, participation=participation, posterior=posterior)


def go_live(study: Study, images: list[Image]) -> ModelVersion:
    """Save the fitted model as the study's next version, let it see the images, and have it serve."""
    world = fitted()
    run = TrainingRun.objects.create(study=study, state="succeeded", reason="test")
    version = versions.add_candidate(
        run=run,
        candidate=versions.VersionCandidate(encoder_key=DEFAULT_KEY, data_digest=f"{run.pk:064d}"),
        save=lambda version: save_checkpoint(model=world.model, version=version),
    )
    seen = world.model.represent(world.images)
    versions.save_representations(
        version=version,
        seen=(
            versions.SeenImage(
                image_id=image.pk,
                z=seen.z[row].tolist(),
                consensus=float(seen.consensus[row]),
                variance=float(seen.variance[row]),
            )
            for row, image in enumerate(images)
        ),
    )
    return versions.promote(version=version, actor=None)
