"""Make the study that a trial's raters work at, of any design, inside the installation of the trial."""

import csv
import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annotate.benchmarks.raters import FURTHER_SCALES
from ratings.choices import StudyState
from ratings.models import Image, Study, StudyImage
from ratings.registry import design_named
from ratings.services.comparisons.design_table import import_pairs
from scoring.trials.synthetic_model import serve_synthetic_model

IMAGES = 400
CONDITIONS = 4  # of each prompt, where pictures are compared: at least as many comparisons as images
SETTINGS: Mapping[str, Any] = {  # of designs that have them
    "scales": [
        {"key": key, "label": key.capitalize(), "labels": {"1": "not at all", "5": "very"}}
        for key in ("liking", *FURTHER_SCALES)
    ],
    "set_size": 3,
    "ties_allowed": True,
}


def make_trial_study(*, design: str, slug: str) -> None:
    """Make an open study of pictures that nobody looks at, and a model where one learns."""
    asked = design_named(design)
    study = Study.objects.create(
        slug=slug,
        title="Trial",
        design=asked.name,
        state=StudyState.OPEN,
        practice_count=0,
        quota=60,
        target=40,
        lease_minutes=1,
        retrain_every=1_000_000,
        **{name: value for name, value in SETTINGS.items() if name in asked.settings},
    )
    add_pictures(study=study)
    if asked.takes_table:
        compare_pictures(study=study)
    if asked.trains:
        serve_synthetic_model(study=study)


def add_pictures(*, study: Study) -> None:
    """Add pictures without files."""
    digests = [hashlib.sha256(f"{study.slug} {number}".encode()).hexdigest() for number in range(IMAGES)]
    images = Image.objects.bulk_create(
        Image(sha256=digest, width=8, height=8, path=f"images/{digest}.webp", placeholder="data:,")
        for digest in digests
    )
    StudyImage.objects.bulk_create(
        StudyImage(study=study, image=image, name=str(n), ordinal=n, shuffle=n * 0.618 % 1, target=study.target)
        for n, image in enumerate(images)
    )


def compare_pictures(*, study: Study) -> None:
    """Have the pictures of each prompt compared, by the table that a researcher imports."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "design.csv"
        with path.open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["prompt", "condition", "image"])
            table.writerows([f"prompt {n // CONDITIONS}", f"system {n % CONDITIONS}", n] for n in range(IMAGES))
        report = import_pairs(study=study, path=path)
    if report.rejected:
        raise ValueError(f"The table of the trial was refused: {report.rejected[0]}")
