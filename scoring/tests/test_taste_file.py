"""A taste that was taken along scores as the server does, with the released model that it belongs to and no other."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from safetensors.numpy import load

from ratings.tests.factories import make_participation, make_study
from scoring.checkpoint_files import digest_of
from scoring.ml.release import open_release
from scoring.ml.scores import score_raters
from scoring.ml.taste.posterior import TastePosterior
from scoring.models import Taste
from scoring.pipeline.serving.score import open_case, score_known
from scoring.server.errors import RefusedError
from scoring.server.folder import open_folder
from scoring.server.requests import read_json
from scoring.services.callers import Caller
from scoring.taste_file import (
    FORMAT,
    LENGTH_BYTES,
    TasteFacts,
    TasteFileError,
    is_taste_file,
    read_taste,
    write_taste,
)
from scoring.tests.server.served_study import add_images, go_live, save_taste_of
from scoring.tests.server.taste_world import fitted

FACTS = TasteFacts(
    model_digest="ab" * 32,
    study="birds",
    model_version="v3",
    encoder="offline",
    scale_min=1.0,
    scale_max=5.0,
    ratings=31,
)


def posterior() -> TastePosterior:
    """Give a taste in three numbers."""
    factor = np.array([[0.1, 0.0, 0.0], [0.2, 0.3, 0.0], [0.0, 0.1, 0.5]])
    return TastePosterior(mean=np.array([0.75, 1.0, -0.5]), factor=factor, shape=18.5, rate=17.5, count=31)


def test_a_file_gives_back_what_was_written_and_any_safetensors_reader_opens_it() -> None:
    content = write_taste(posterior=posterior().to_bytes(), facts=FACTS)
    taste = read_taste(content)
    assert taste.facts == FACTS
    assert taste.level == 4.0  # 1 + 0.75 x 4
    assert taste.spread == 1.0  # 17.5 / (18.5 - 1)
    np.testing.assert_allclose(taste.covariance[1], [0.02, 0.13, 0.03])
    arrays = load(content)
    assert {name: array.dtype for name, array in arrays.items()} == dict.fromkeys(arrays, np.float64)
    np.testing.assert_array_equal(arrays["scale"], [18.5, 17.5, 31])
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    assert length % 8 == 0
    header = json.loads(content[8 : 8 + length])
    assert header["__metadata__"]["format"] == "pamela-taste"
    assert header["__metadata__"]["format_version"] == "1"


def test_writing_one_loads_neither_numpy_nor_torch() -> None:
    code = "import sys, scoring.taste_file; print({'numpy', 'torch', 'django'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"


def altered(**texts: str) -> bytes:
    """Give a file with other texts in its header."""
    content = write_taste(posterior=posterior().to_bytes(), facts=FACTS)
    length = int.from_bytes(content[:LENGTH_BYTES], "little")
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"] |= texts
    packed = json.dumps(header).encode()
    return len(packed).to_bytes(LENGTH_BYTES, "little") + packed + content[8 + length :]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "cut short"),
        (b"\xff" * 40, "cut short"),
        ((4).to_bytes(8, "little") + b"oops" + bytes(8), "no JSON"),
        (posterior().to_bytes(), "does not say that it is one"),
        (altered(format_version="2"), "format 2, and this program reads 1"),
        (altered(ratings="many"), "is damaged"),
        (altered()[:-8], "is damaged"),
    ],
)
def test_what_is_no_taste_is_refused_in_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(TasteFileError, match=sentence):
        read_taste(content)


def test_a_bare_posterior_is_no_taste_file() -> None:
    assert not is_taste_file(posterior().to_bytes())
    assert is_taste_file(altered())
    assert FORMAT == "pamela-taste"


@pytest.mark.django_db
def test_the_released_model_scores_with_a_taste_file_as_the_server_does(tmp_path: Path) -> None:
    study = make_study()
    images = add_images(study)
    version = go_live(study, images)
    participation = make_participation(study=study)
    save_taste_of("red", version=version, participation=participation)
    row = Taste.objects.get()
    asked = read_json({"study": study.slug, "images": [str(image.pk) for image in images]})
    own = score_known(open_case(request=asked, caller=Caller(rater_id=participation.rater_id)))

    facts = TasteFacts(
        model_digest=digest_of(version.checkpoint),
        study=study.slug,
        model_version=str(version),
        encoder=version.encoder_key,
        scale_min=study.scale_min,
        scale_max=study.scale_max,
        ratings=row.rating_count,
    )
    (tmp_path / "tastes").mkdir()
    file = tmp_path / "tastes" / "me.safetensors"
    file.write_bytes(write_taste(posterior=bytes(row.posterior), facts=facts))
    call_command("export_model", study.slug, "--out", str(tmp_path / "release"))

    release = open_release(tmp_path / "release")
    seen = release.model.represent(fitted().images)
    predicted = release.predict(seen, release.open_taste(file))
    np.testing.assert_allclose(predicted.mean, own.mean[0], rtol=0, atol=1e-5)
    np.testing.assert_allclose(predicted.sd, own.sd[0], rtol=0, atol=1e-5)

    served = open_folder(tmp_path / "release", tastes=tmp_path / "tastes")
    scores = score_raters(served.judge.model, seen, [served.rater("me").taste], scale=served.judge.scale)
    np.testing.assert_allclose(scores.mean, own.mean, rtol=0, atol=1e-5)

    (tmp_path / "tastes" / "other.safetensors").write_bytes(altered())
    with pytest.raises(RefusedError, match="belongs to model v3 of 'birds', and this is"):
        served.rater("other")
    with pytest.raises(TasteFileError, match="take along a new file"):
        release.open_taste(altered())
