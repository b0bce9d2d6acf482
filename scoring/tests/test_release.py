"""A model release works where there is no Django, and says what it is."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ratings.tests.factories import make_picture, make_study
from scoring.ml.release import open_release
from scoring.ml.storage.checkpoints import load_model, save_model
from scoring.models import ModelVersion
from scoring.pipeline.serving.release import EXAMPLE
from scoring.tests.factories import checkpoint_folder
from scoring.tests.learning import World, make_served_study, make_world, trained_version

pytestmark = pytest.mark.django_db

WITHOUT_DJANGO = """
import runpy, sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"django", "celery", "ratings", "annotate"}:
            raise ImportError(f"{name} is not here")

sys.meta_path.insert(0, Refuse())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.slow
def test_a_release_predicts_with_the_example_that_it_brings_and_without_django(tmp_path: Path) -> None:
    world = make_world(raters=6, each=24)
    version = trained_version(world.study)
    out = tmp_path / "release"
    call_command("export_model", world.study.slug, "--out", str(out))
    pictures = [str(make_picture(tmp_path / f"{color}.png", color=color)) for color in ("teal", "crimson")]
    code = f"import sys; sys.path.insert(0, {str(out)!r})\n{WITHOUT_DJANGO}"
    said = subprocess.run(
        [sys.executable, "-I", "-c", code, str(out / "example.py"), *pictures],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    first, second = said.stdout.splitlines()
    assert first.startswith("teal.png: everybody ")
    assert second.startswith("crimson.png: everybody ")

    card = json.loads((out / "card.json").read_text())
    assert (card["version"], card["encoder_key"]) == (str(version), version.encoder_key)
    readme = (out / "README.md").read_text()
    for words in ("library_name: pamela", "| **this model** |", "hierarchical linear", version.data_digest):
        assert words in readme
    raters = [str(key) for key in world.study.participations.values_list("pk", flat=True)]
    texts = [readme, (out / "card.json").read_text(), (out / "model.json").read_text()]
    assert not any(rater in text for rater in raters for text in texts)
    assert len([line for line in EXAMPLE.read_text().splitlines() if line]) <= 20


def test_no_taste_lies_in_a_file_of_a_served_model_or_is_released(world: World, tmp_path: Path) -> None:
    version = ModelVersion.objects.get()
    folder = checkpoint_folder(version=version)
    model = load_model(folder)
    assert not model.known_raters
    save_model(replace(model, known_raters={"somebody": model.prior()}), folder, card={})
    with pytest.raises(CommandError, match="holds tastes of raters"):
        call_command("export_model", world.study.slug, "--out", str(tmp_path / "out"))


def test_a_release_learns_a_person_from_ratings_on_the_scale_of_its_study(world: World, tmp_path: Path) -> None:
    call_command("export_model", world.study.slug, "--out", str(tmp_path / "out"))
    release = open_release(tmp_path / "out")
    files = [make_picture(tmp_path / f"{color}.png", color=color) for color in ("teal", "crimson", "gold")]
    seen = release.look_at(files, ["a teal field", "", ""])
    everybody = release.predict(seen)
    fond = release.predict(seen, release.taste_of(seen, dict.fromkeys(range(3), release.high)))
    stern = release.predict(seen, release.taste_of(seen, dict.fromkeys(range(3), release.low)))
    assert release.reference is not None
    assert len(release.reference) == len(world.rows)
    assert (release.low, release.high) == (world.study.scale_min, world.study.scale_max)
    assert (fond.mean > everybody.mean).all()
    assert (stern.mean < everybody.mean).all()
    assert (fond.sd < everybody.sd).all()


@pytest.fixture
def world() -> World:
    """Make a study that a model serves."""
    return make_served_study()


def test_an_earlier_release_is_replaced_and_other_folders_are_left_alone(world: World, tmp_path: Path) -> None:
    out = tmp_path / "release"
    for _ in range(2):
        call_command("export_model", world.study.slug, "--out", str(out), "--number", "1")
    assert {"weights.safetensors", "model.json", "README.md", "example.py"} <= {path.name for path in out.iterdir()}
    needed = (out / "requirements.txt").read_text().splitlines()
    assert any(line.startswith("torch==") for line in needed)
    assert [line for line in needed if "+" in line] == []  # as 2.13.0+cpu, which PyPI does not have
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(CommandError, match="holds other things") as failure:
        call_command("export_model", world.study.slug, "--out", str(tmp_path / "mine"))
    assert failure.value.returncode == 2
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere"], "no study"),
        (["empty"], "has no live model yet"),
        (["empty", "--number", "9"], "has no model version 9"),
    ],
)
def test_what_cannot_be_released_is_said_in_one_line(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    make_study(slug="empty")
    with pytest.raises(CommandError, match=sentence) as failure:
        call_command("export_model", *arguments, "--out", str(tmp_path / "out"))
    assert failure.value.returncode == 2
    assert not (tmp_path / "out").exists()


def test_a_lost_checkpoint_is_said_in_one_line(world: World, tmp_path: Path) -> None:
    ModelVersion.objects.update(folder="gone")
    with pytest.raises(CommandError, match="The checkpoint of v1 cannot be read"):
        call_command("export_model", world.study.slug, "--out", str(tmp_path / "out"))
