"""Train a study's reward model on choices alone: snapshot, fit, evaluate on those kept out, save, serve."""

from dataclasses import replace

from ratings.sentences import staff_gettext
from ratings.services.jobs import lifecycle
from ratings.services.jobs.progress import Progress
from ratings.services.jobs.work import JobReport
from scoring.exceptions import UnreadableImagesError
from scoring.metrics import ChoiceMetrics, VersionMetrics
from scoring.ml.reward import RewardModel
from scoring.ml.storage.checkpoints import software_versions
from scoring.ml.threads import one_thread
from scoring.ml.training.fit_choices import fit_choices
from scoring.models import TrainingRun
from scoring.pipeline.inputs.embeddings import embed_missing
from scoring.pipeline.inputs.game_arrays import StudyGames, study_games
from scoring.pipeline.serving.precompute import represent_missing, save_tastes
from scoring.pipeline.training.measure_choices import measure_on_choices
from scoring.pipeline.training.new_choosers import measure_new_choosers
from scoring.pipeline.training.outcome import (
    FEWEST_ANSWERS,
    FEWEST_IMAGES,
    NothingToLearn,
    is_enough,
    promote_unless_worse,
    save_version,
    skip,
)
from scoring.selectors.choices import StudyChoices, study_choices
from scoring.selectors.encoders import encoder_key_of
from scoring.selectors.training import StudyRatings
from scoring.selectors.versions import version_of_data
from scoring.services import versions

NO_RATINGS = StudyRatings(learnable=[], test=[], repeats=[], elsewhere=[], newest={})


@one_thread()
def train_on_choices(run: TrainingRun, report: JobReport) -> None:
    """Go through the steps; a study with nothing to learn, or nothing new, ends the run early."""
    study, key = run.study, encoder_key_of(run.study)
    lifecycle.describe_job(job=run, encoder_key=key)
    choices = study_choices(study=study)
    why = too_few_choices(choices)
    if why is not None:
        skip(run, why)
        return
    embed_missing(encoder_key=key, studies=[run.study_id], on_progress=report.part(0.0, 0.25))
    report(staff_gettext("reading"), 0.25)
    choices = study_choices(study=study)
    data = study_games(study=study, choices=choices, encoder_key=key)
    require_enough_seen(data, choices)
    digest = data.snapshot.digest()
    lifecycle.describe_job(job=run, encoder_key=key, data_digest=digest, rating_count=choices.count)
    known = version_of_data(run=run, encoder_key=key, data_digest=digest)
    if known is not None:
        skip(run, NothingToLearn(stage=staff_gettext("nothing new since {known}").format(known=known)))
        return
    lifecycle.append_log(
        job=run,
        line=f"{len(choices.learnable)} choices among {len(data.snapshot.games.images())} images by "
        f"{len(data.raters)} raters, {len(choices.test)} more kept out to measure on",
    )
    fitting = report.part(0.3, 0.7, sentence=staff_gettext("fitting: {stage}"))
    fitted = fit_choices(data.snapshot, encoder_key=key, progress=fitting)
    if not fitted.record["is_settled"]:
        lifecycle.append_log(job=run, line="the search for the factors of the choices did not settle")
    report(staff_gettext("measuring"), 0.7)
    metrics = VersionMetrics(
        fit=fitted.record,
        raters=len(data.raters),
        images=len(data.snapshot.games.images()),
        software=software_versions(),
        choices=measure_choices(data, fitted.model, learned=len(choices.learnable), tell=report.part(0.7, 0.9)),
    )
    report(staff_gettext("saving"), 0.9)
    version = save_version(run, fitted, versions.VersionCandidate(encoder_key=key, data_digest=digest, metrics=metrics))
    represent_missing(version, fitted.model)
    report(staff_gettext("writing tastes"), 0.95)
    save_tastes(study, version, fitted.model, NO_RATINGS)
    promote_unless_worse(run, version)


def measure_choices(data: StudyGames, model: RewardModel, *, learned: int, tell: Progress) -> ChoiceMetrics:
    """Measure on choices kept out, of raters whom the model knows and of those it does not."""
    found = replace(measure_on_choices(data, model), learned=learned)
    return measure_new_choosers(data, model, found, tell=tell)


def too_few_choices(choices: StudyChoices) -> NothingToLearn | None:
    """Say why there is nothing to learn yet; none where there is."""
    images = len({image for row in choices.learnable for image in row.shown})
    if is_enough(len(choices.learnable), images):
        return None
    return NothingToLearn(
        stage=staff_gettext("too few choices to learn from"),
        sentence=f"There are {len(choices.learnable)} choices among {images} images to learn from: "
        f"collect at least {FEWEST_ANSWERS} choices among {FEWEST_IMAGES} images first.",
    )


def require_enough_seen(data: StudyGames, choices: StudyChoices) -> None:
    """Raise where there are choices enough, but too many of their images have no vector."""
    games = data.snapshot.games
    seen, images = len(set(games.screen.tolist())), len(games.images())
    if not is_enough(seen, images):
        raise UnreadableImagesError(
            staff_gettext(
                "Of {choices} choices only {seen}, among {images} images, are of files that the encoder can "
                "read: the worker's log says what is wrong with the others."
            ).format(choices=len(choices.learnable), seen=seen, images=images)
        )
