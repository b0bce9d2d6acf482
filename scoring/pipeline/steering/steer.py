"""Run steering: write prompts, draw them, score the pictures by one rater's taste, keep the best."""

import io
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings
from PIL import Image as Pillow
from tenacity import RetryCallState, Retrying, before_sleep_log, retry_if_exception, stop_after_attempt

from ratings.models import Image
from ratings.sentences import staff_gettext
from ratings.services.ingest import ingest_pictures
from ratings.services.ingest_sources import Incoming
from ratings.services.jobs import lifecycle
from ratings.services.jobs.progress import Progress, no_progress
from ratings.services.jobs.work import JobReport, do_job
from scoring.generators.base import BadOutputError, Generator, GeneratorError, ImageRequest
from scoring.generators.cached import CachedGenerator
from scoring.ml.encoders import Encoder, build_encoder, encode_images
from scoring.ml.reward import RepresentedImages, RewardModel
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import ModelVersion, SteeringMode, SteeringRun, SteeringStep
from scoring.pipeline.inputs.arrays import image_arrays
from scoring.pipeline.inputs.embeddings import local_paths
from scoring.pipeline.serving.live import model_of
from scoring.pipeline.serving.precompute import represent_missing
from scoring.pipeline.steering.furthest_rater import furthest_rater
from scoring.pipeline.steering.generator_setup import installed_generator, installed_writer
from scoring.pipeline.steering.prompt_fit import PromptFit, prompt_fit
from scoring.selectors.images import DescribedImage
from scoring.selectors.steering import vectors_of
from scoring.selectors.versions import access_live_version, taste_of
from scoring.services import steering as records
from scoring.services.drawn import details_of
from scoring.services.embeddings import save_embeddings
from scoring.services.made import settle_wish
from scoring.steering import Judged, Liking, Search, SearchPlan, SearchTrial, best_trial
from scoring.writers.base import Brief, PromptDraft, PromptWriter, WriterError

logger = logging.getLogger(__name__)

MOST_TRIES = 5
LONGEST_WAIT = 60.0  # seconds between two tries


def steer(
    *,
    run_id: int,
    on_progress: Progress = no_progress,
    generator_for: Callable[[SteeringRun], Generator] = installed_generator,
) -> SteeringRun | None:
    """Run a steering job from its present state; its row shows the outcome."""
    runner = partial(search_for_picture, generator_for=generator_for)
    return do_job(kind=SteeringRun, job_id=run_id, runner=runner, on_progress=on_progress)


def search_for_picture(
    run: SteeringRun, report: JobReport, *, generator_for: Callable[[SteeringRun], Generator] = installed_generator
) -> None:
    """Go through the iterations that are left, keep each, and settle on the best picture."""
    report(staff_gettext("getting ready"), 0.0)
    version = access_live_version(study_slug=run.study.slug)
    if run.mode == SteeringMode.OTHER and run.judge is None:
        records.save_judge(run=run, judge=furthest_rater(participation=run.participation))
    judge = picture_judge(run, version, generator_for(run))
    lifecycle.describe_job(job=run, model_version=version, fit_judge=judge.fit.judge)
    plan = SearchPlan(prompt=run.prompt, iterations=run.iterations, variants=run.variants, seed=run.seed)
    writer = RetryingWriter(writer=installed_writer(run.writer))
    search = Search(plan=plan, writer=writer, judge=judge.judge, enough_fit=judge.fit.enough, trials=saved_trials(run))
    for trials in search.run():
        done = trials[0].iteration
        report(
            f"iteration {done} of {plan.iterations}" if done else "the prompt as it is", done / (plan.iterations + 1)
        )
        records.save_iteration(steps=[step_of(run, trial) for trial in trials])
        lifecycle.append_log(job=run, line=summary_of(trials))
    best = best_trial(search.trials)
    own = judge.own_liking(best)
    settle_wish(run=run, best=(best.iteration, best.variant), facts={"own_score": own.mean, "own_sd": own.sd})
    if run.nonce is not None:
        represent_missing(version, judge.model)  # a rating of such a picture updates the taste at once


def summary_of(trials: Sequence[SearchTrial]) -> str:
    """Say how an iteration went."""
    found = max(trials, key=lambda trial: trial.liking.mean)
    sound = sum(trial.is_sound for trial in trials)
    return (
        f"iteration {found.iteration}: best of {len(trials)} is expected at {found.liking.mean:.2f} "
        f"\N{PLUS-MINUS SIGN} {found.liking.sd:.2f}; {sound} sound"
    )


def step_of(run: SteeringRun, trial: SearchTrial) -> SteeringStep:
    """Give a trial as a row."""
    return SteeringStep(
        run=run,
        iteration=trial.iteration,
        variant=trial.variant,
        prompt=trial.prompt,
        changes=dict(trial.changes),
        image_id=trial.picture,
        score=trial.liking.mean,
        sd=trial.liking.sd,
        everybody=trial.liking.everybody,
        everybody_sd=trial.liking.everybody_sd,
        fit=trial.liking.fit,
        is_sound=trial.is_sound,
    )


def saved_trials(run: SteeringRun) -> list[SearchTrial]:
    """Give the trials of an earlier attempt."""
    return [
        SearchTrial(
            iteration=step.iteration,
            variant=step.variant,
            prompt=step.prompt,
            changes=step.changes,
            picture=str(step.image_id),
            liking=Liking(
                mean=step.score,
                sd=step.sd,
                everybody=step.everybody,
                everybody_sd=step.everybody_sd,
                fit=step.fit,
            ),
            is_sound=step.is_sound,
        )
        for step in run.steps.all()
    ]


@dataclass(frozen=True, kw_only=True)
class PictureJudge:
    """Draws prompts, and scores the pictures."""

    run: SteeringRun
    encoder: Encoder
    generator: CachedGenerator
    model: RewardModel
    taste: TastePosterior  # by which pictures are judged
    own: TastePosterior  # of the rater whom the picture is shown to
    fit: PromptFit

    def judge(self, prompts: Sequence[str]) -> list[Judged]:
        """Draw each prompt once, whatever came before, and judge the picture by the taste."""
        side = self.run.side
        requests = [ImageRequest(prompt=one, seed=self.run.seed, width=side, height=side) for one in prompts]
        try:
            pictures = retrying(self.generator.generate, requests)
        finally:
            records.count_pictures(run=self.run, drawn=self.generator.drawn, reused=self.generator.found)
        images = store_images(requests, pictures, generator=self.generator.name)
        ensure_embeddings(images, self.encoder)
        seen = self.model.represent(image_arrays(images=images, encoder_key=self.encoder.key))
        return [
            Judged(picture=str(image.image_id), liking=replace(liking, fit=fit))
            for image, liking, fit in zip(images, self.likings(seen, self.taste), self.fits(images), strict=True)
        ]

    def own_liking(self, trial: SearchTrial) -> Liking:
        """Predict how the rater whom a picture is shown to likes it, for whichever rater it was made."""
        image, generator = UUID(trial.picture), self.generator.name
        shown = drawn_image(image_id=image, prompt=trial.prompt, seed=self.run.seed, generator=generator)
        seen = self.model.represent(image_arrays(images=[shown], encoder_key=self.encoder.key))
        return self.likings(seen, self.own)[0]

    def likings(self, seen: RepresentedImages, taste: TastePosterior) -> list[Liking]:
        """Predict on the study's scale."""
        study = self.run.study
        low, width = study.scale_min, study.scale_max - study.scale_min
        mine, everybody = self.model.predict(seen, taste), self.model.predict(seen, self.model.prior())
        return [
            Liking(
                mean=low + width * float(mine.mean[row]),
                sd=width * float(mine.sd[row]),
                everybody=low + width * float(everybody.mean[row]),
                everybody_sd=width * float(np.sqrt(seen.variance[row])),
            )
            for row in range(len(seen))
        ]

    def fits(self, images: Sequence[DescribedImage]) -> Sequence[float | None]:
        """Measure how well each picture fits the given prompt, where that is possible."""
        keys = [image.image_id for image in images]
        vectors = vectors_of(encoder_key=self.encoder.key, images=keys)
        return self.fit.fits(np.stack([vectors[key] for key in keys]).astype(np.float32))


def picture_judge(run: SteeringRun, version: ModelVersion, generator: Generator) -> PictureJudge:
    """Set up the generator and the judge of a run."""
    model = model_of(version)
    encoder = build_encoder(version.encoder_key)
    return PictureJudge(
        run=run,
        encoder=encoder,
        generator=CachedGenerator(generator, Path(settings.PICTURES_CACHE_DIR), drawn=run.drawn, found=run.reused),
        model=model,
        taste=taste_that_judges(run, version, model),
        own=taste_in(version, model, run.participation_id),
        fit=prompt_fit(study=run.study, encoder=encoder, prompt=run.prompt),
    )


def taste_that_judges(run: SteeringRun, version: ModelVersion, model: RewardModel) -> TastePosterior:
    """Give the taste of the rater whom the picture is made for; the prior where it is made for all raters."""
    if run.mode == SteeringMode.GLOBAL:
        return model.prior()
    return taste_in(version, model, run.judge_id if run.mode == SteeringMode.OTHER else run.participation_id)


def taste_in(version: ModelVersion, model: RewardModel, participation_id: UUID | None) -> TastePosterior:
    """Give what a version knows of a rater; of an unknown one, the prior."""
    taste = taste_of(version=version, participation_id=participation_id) if participation_id else None
    return TastePosterior.from_bytes(bytes(taste.posterior)) if taste else model.prior()


@dataclass(frozen=True, kw_only=True)
class RetryingWriter:
    """A writer that is retried when it fails temporarily."""

    writer: PromptWriter

    @property
    def name(self) -> str:
        """Give the name of the writer that is asked."""
        return self.writer.name

    @property
    def key(self) -> str:
        """Give the key of the writer that is asked."""
        return self.writer.key

    def write(self, brief: Brief) -> list[PromptDraft]:
        """Write, and retry after a while where the backend fails temporarily."""
        return retrying(self.writer.write, brief)


def is_passing(error: BaseException) -> bool:
    """Tell whether a failure is temporary."""
    return isinstance(error, GeneratorError | WriterError) and error.is_retryable


def pause_after(state: RetryCallState) -> float:
    """Give the seconds until the next try: as many as the backend asks for, or ever more; spread a little."""
    error = state.outcome.exception() if state.outcome else None
    asked: float | None = getattr(error, "retry_after_s", None)
    pause = min(asked if asked is not None else 2.0**state.attempt_number, LONGEST_WAIT)
    return pause * random.uniform(1.0, 1.2)  # noqa: S311 - spreads retries, keeps no secret


retrying = Retrying(
    retry=retry_if_exception(is_passing),
    stop=stop_after_attempt(MOST_TRIES),
    wait=pause_after,
    before_sleep=before_sleep_log(logger, logging.WARNING),
    reraise=True,
)


def store_images(
    requests: Sequence[ImageRequest], pictures: Sequence[Pillow.Image], *, generator: str
) -> list[DescribedImage]:
    """Bring pictures into the records, in order; one whose bytes are known is the picture that is there."""
    incoming = [
        Incoming(name=f"{generator}-{place}.png", read=partial(bytes, png_of(picture)), is_drawn=True)
        for place, picture in enumerate(pictures)
    ]
    report = ingest_pictures(incoming=incoming, study=None)
    if report.rejected:
        raise BadOutputError(f"The generator {generator} gave a picture that cannot be used: {report.rejected[0]}")
    return [
        drawn_image(image_id=report.images[one.name], prompt=request.prompt, seed=request.seed, generator=generator)
        for request, one in zip(requests, incoming, strict=True)
    ]


def drawn_image(*, image_id: UUID, prompt: str, seed: int, generator: str) -> DescribedImage:
    """Give a drawn picture as the model sees it."""
    details = details_of(prompt=prompt, seed=seed, generator=generator)
    words = {"prompt": details.prompt, "generator": details.generator, "domain": details.domain}
    return DescribedImage(key=str(image_id), image_id=image_id, **words)


def png_of(picture: Pillow.Image) -> bytes:
    """Encode a picture without loss."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def ensure_embeddings(images: Sequence[DescribedImage], encoder: Encoder) -> None:
    """Embed pictures that the encoder has not seen."""
    wanted = Image.objects.filter(pk__in=[image.image_id for image in images])
    missing = list(wanted.exclude(embeddings__encoder_key=encoder.key).order_by("pk"))
    if not missing:
        return
    with local_paths(missing) as paths:
        vectors = encode_images(encoder, paths)
    save_embeddings(
        encoder_key=encoder.key,
        vectors=zip([image.pk for image in missing], [vector.tolist() for vector in vectors], strict=True),
    )
