"""Let a model of synthetic ratings serve a study, so that measurements have a model at work."""

import numpy as np

from ratings.choices import JobState
from ratings.models import Study
from scoring.ml.encoders import DEFAULT_KEY
from scoring.ml.training.fit import FitSettings, fit_reward
from scoring.models import ModelVersion, TrainingRun
from scoring.pipeline.serving.checkpoints import save_checkpoint
from scoring.services import versions
from scoring.trials.training import WIDTHS, made_up_study

QUICK = FitSettings(factors=False)
PICTURES, RATERS, RATINGS = 400, 40, 4000  # that the model is fitted to


def serve_synthetic_model(*, study: Study, widths: tuple[int, ...] = WIDTHS) -> ModelVersion:
    """Fit to made-up ratings, let the study's pictures look like the made-up ones, and have the model serve."""
    snapshot = made_up_study(ratings=RATINGS, images=PICTURES, raters=RATERS, widths=widths)
    model = fit_reward(snapshot, encoder_key=DEFAULT_KEY, settings=QUICK).model
    seen = model.represent(snapshot.images)
    run = TrainingRun.objects.create(study=study, state=JobState.SUCCEEDED, reason="a measurement")
    candidate = versions.VersionCandidate(encoder_key=DEFAULT_KEY, data_digest=f"{run.pk:064d}")
    version = versions.add_candidate(
        run=run,
        candidate=candidate,
        save=lambda version: save_checkpoint(model=model, version=version),
    )
    images = study.study_images.values_list("image_id", flat=True)
    looks = np.random.default_rng(0).integers(PICTURES, size=len(images))
    versions.save_representations(
        version=version,
        seen=(
            versions.SeenImage(
                image_id=image,
                z=seen.z[look].tolist(),
                consensus=float(seen.consensus[look]),
                variance=float(seen.variance[look]),
            )
            for image, look in zip(images, looks, strict=True)
        ),
    )
    return versions.promote(version=version, actor=None)
