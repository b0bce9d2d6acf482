"""The two experiments, from files to files."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from PIL import Image

from scoring.ml.data.arrays import Ratings
from scoring.ml.evaluation.baselines import ALL_BASELINES, BASELINES, mean_of_others
from scoring.ml.evaluation.metrics import COMPARED
from scoring.pipeline.experiments.evaluate import EVERYBODY, OTHERS, EvaluationRequest, evaluate_split, known_baselines
from scoring.pipeline.experiments.experiment_sets import ExperimentSource
from scoring.pipeline.experiments.simulate import SimulationRequest, parse_policies, simulate_split
from scoring.pipeline.experiments.tidy import TidyError

IMAGES, RATERS = 24, 8


def be_silent(stage: str, share: float) -> None:
    del stage, share


@pytest.fixture(scope="module")
def tidy_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make pictures from dark to light, and raters half of whom like light and half dark."""
    folder = tmp_path_factory.mktemp("set")
    (folder / "images").mkdir()
    rng = np.random.default_rng(0)
    light = rng.permutation(np.linspace(0, 1, IMAGES))
    for place, level in enumerate(light):
        pixels = np.clip(255 * level + rng.normal(0, 20, (48, 48, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{place}.png")
    with (folder / "ratings.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["rater", "image", "rating"])
        for rater in range(RATERS):
            for place, level in enumerate(light):
                liked = level if rater % 2 else 1 - level
                rows.writerow([f"r{rater}", f"{place}.png", round(1 + 4 * liked + rng.normal(0, 0.2), 2)])
    return folder


def write_split(path: Path, *, known: int) -> Path:
    """Ask for the last six images; the last two raters are new, with `known` ratings."""
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["rater", "image", "role"])
        for rater in range(RATERS):
            for image in range(IMAGES):
                role = "train"
                if image >= IMAGES - 6:
                    role = "query"
                elif rater >= RATERS - 2:
                    role = "support" if image < known else "unused"
                rows.writerow([f"r{rater}", f"{image}.png", role])
    return path


def predictions(path: Path) -> dict[tuple[str, str], tuple[float, float]]:
    with path.open(newline="") as file:
        return {
            (row["rater"], row["image"]): (float(row["prediction"]), float(row["sd"])) for row in csv.DictReader(file)
        }


def read_rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def request(folder: Path, split: Path, out: Path, *baselines: str) -> EvaluationRequest:
    source = ExperimentSource(folder=folder, split=split, cache=folder / "cache")
    return EvaluationRequest(source=source, out=out, baselines=baselines)


def test_evaluate_predicts_every_query_row_and_tells_tastes_apart(tidy_set: Path, tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.csv", known=10)
    found = evaluate_split(request(tidy_set, split, tmp_path / "out.csv", "rater-mean"), progress=be_silent)
    rows = predictions(tmp_path / "out.csv")
    assert len(rows) == found.predicted == found.scored == RATERS * 6
    assert all(-1 < mean < 7 and sd > 0 for mean, sd in rows.values())
    for row in read_rows(tmp_path / "out.csv"):
        ends = [row[name] for name in ("low_95", "low_80", "low_50", "high_50", "high_80", "high_95")]
        assert [float(end) for end in ends] == sorted(float(end) for end in ends)
    srocc = found.metrics["pamela"]["srocc"]["value"]
    assert srocc is not None
    assert srocc > 0.8
    assert found.differences["rater-mean"]["srocc"]["value"] == pytest.approx(srocc)


@pytest.mark.slow
@pytest.mark.long
def test_evaluate_shows_the_curve_of_new_raters_and_the_ceiling_that_repeats_allow(
    tidy_set: Path, tmp_path: Path
) -> None:
    split = write_split(tmp_path / "split.csv", known=10)
    twice = copy_set(tidy_set, tmp_path / "twice")
    with (twice / "ratings.csv").open("a", newline="") as file:
        csv.writer(file).writerows((f"r{rater}", f"{image}.png", 1 + image) for rater in range(4) for image in range(8))
    found = evaluate_split(request(twice, split, tmp_path / "out.csv"), progress=be_silent)
    assert list(found.shots) == [0, 1, 5, 10]
    assert {table["srocc"]["raters"] for table in found.shots.values()} == {2}
    assert found.ceiling is not None
    assert (found.ceiling["repeats"], found.ceiling["raters"]) == (32, 4)
    plain = evaluate_split(request(tidy_set, split, tmp_path / "plain.csv"), progress=be_silent)
    assert plain.ceiling is None


@pytest.mark.slow
def test_another_set_is_trained_on_in_its_own_scale_and_left_out_to_show_what_it_adds(
    tidy_set: Path, tmp_path: Path
) -> None:
    split = write_split(tmp_path / "split.csv", known=10)
    other = copy_set(tidy_set, tmp_path / "percent")
    with (other / "ratings.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    with (other / "ratings.csv").open("w", newline="") as file:
        csv.writer(file).writerows([rows[0], *([rater, image, 20 * float(value)] for rater, image, value in rows[1:])])
    asked = replace(request(tidy_set, split, tmp_path / "out.csv"), others=(other,), ablate=True)
    found = evaluate_split(asked, progress=be_silent)
    assert set(found.metrics) == {"pamela", EVERYBODY, OTHERS, "without percent"}
    first, second = found.record["datasets"]
    assert (first["gain"], first["offset"], second["name"]) == (1.0, 0.0, "percent")
    assert second["gain"] == pytest.approx(1.0, abs=0.1)  # each set is put on [0, 1] before
    srocc = found.metrics["pamela"]["srocc"]["value"]
    assert srocc is not None
    assert srocc > 0.8


def test_the_set_to_evaluate_is_never_trained_on_whole(tidy_set: Path, tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.csv", known=3)
    asked = replace(request(tidy_set, split, tmp_path / "out.csv"), others=(tidy_set,))
    with pytest.raises(TidyError, match="query ratings must stay unread"):
        evaluate_split(asked, progress=be_silent)


def change_query_ratings(folder: Path, change: Callable[[str], str]) -> None:
    with (folder / "ratings.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    for row in rows[1:]:
        if int(row[1].removesuffix(".png")) >= IMAGES - 6:
            row[2] = change(row[2])
    with (folder / "ratings.csv").open("w", newline="") as file:
        csv.writer(file).writerows(row for row in rows if row[2] != "drop")


def copy_set(tidy_set: Path, folder: Path) -> Path:
    folder.mkdir()
    (folder / "ratings.csv").write_bytes((tidy_set / "ratings.csv").read_bytes())
    (folder / "images").symlink_to(tidy_set / "images")
    return folder


@pytest.mark.slow
def test_predictions_do_not_depend_on_query_ratings(tidy_set: Path, tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.csv", known=10)
    evaluate_split(request(tidy_set, split, tmp_path / "a.csv"), progress=be_silent)
    other = copy_set(tidy_set, tmp_path / "other")
    change_query_ratings(other, lambda rating: str(6 - float(rating)))
    evaluate_split(request(other, split, tmp_path / "b.csv"), progress=be_silent)
    change_query_ratings(other, lambda _: "drop")
    found = evaluate_split(request(other, split, tmp_path / "c.csv"), progress=be_silent)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "c.csv").read_bytes()
    assert (found.scored, found.metrics) == (0, {})


def test_a_split_written_on_windows_gives_the_same_predictions_under_its_own_names(
    tidy_set: Path, tmp_path: Path
) -> None:
    plain, windows = write_split(tmp_path / "a.csv", known=10), tmp_path / "b.csv"
    rows = [line.split(",") for line in plain.read_text().splitlines()]
    lines = [",".join((rater, f".\\{image}", role)) for rater, image, role in rows[1:]]
    windows.write_text("\n".join(["rater,image,role", *lines]))
    for split in (plain, windows):
        evaluate_split(request(tidy_set, split, tmp_path / f"{split.stem}.out"), progress=be_silent)
    expected, found = (predictions(tmp_path / f"{name}.out") for name in "ab")
    assert found == {(rater, f".\\{image}"): value for (rater, image), value in expected.items()}


def test_a_bad_place_for_the_output_is_refused_before_any_work(tidy_set: Path, tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.csv", known=3)
    with pytest.raises(TidyError, match="does not exist; create it first"):
        evaluate_split(request(tidy_set, split, tmp_path / "no" / "out.csv"), progress=be_silent)
    with pytest.raises(TidyError, match="is a folder"):
        evaluate_split(request(tidy_set, split, tmp_path), progress=be_silent)


@pytest.mark.slow
def test_every_figure_is_written_as_json_and_the_command_says_where_each_model_stands(
    tidy_set: Path, tmp_path: Path
) -> None:
    split, said = write_split(tmp_path / "split.csv", known=5), StringIO()
    call_command("evaluate", tidy_set, split=split, out=tmp_path / "out.csv", json=tmp_path / "all.json", stdout=said)
    found = json.loads((tmp_path / "all.json").read_text())
    assert set(found["differences"]) == {*ALL_BASELINES, EVERYBODY, OTHERS}
    assert set(found["differences"]["rater-mean"]) == set(COMPARED)
    assert list(found["shots"]) == ["0", "1", "5"]
    for words in ("against the mean opinion", "hierarchical-linear", "pamela less each", "new raters after   5"):
        assert words in said.getvalue()


@pytest.mark.slow
def test_the_order_within_a_prompt_and_intervals_by_ratings_known_are_measured(tidy_set: Path, tmp_path: Path) -> None:
    """Give query images 18 to 20 one prompt and 21 to 23 another: three pairs each, of each of eight raters."""
    split, said = write_split(tmp_path / "split.csv", known=5), StringIO()
    prompted = copy_set(tidy_set, tmp_path / "prompted")
    rows = [f"{image}.png,{'a lake' if image < 21 else 'a hill'}" for image in range(18, IMAGES)]
    (prompted / "images.csv").write_text("\n".join(["image,prompt", *rows]))
    arguments = {"split": split, "out": tmp_path / "out.csv", "json": tmp_path / "all.json", "baselines": ["none"]}
    call_command("evaluate", prompted, **arguments, stdout=said)
    found = json.loads((tmp_path / "all.json").read_text())
    within = found["metrics"]["pamela"]["prompt_accuracy"]
    assert (within["pairs"], within["raters"]) == (8 * 6, 8)
    assert within["value"] > 0.8
    table = said.getvalue().partition("ratings inside")[2].splitlines()
    assert [line.rstrip()[:22].strip() for line in table[1:]] == [
        "pamela",
        EVERYBODY,
        OTHERS,
        *(f"new raters after {shots:3d}" for shots in (0, 1, 5)),
    ]


def one_each(rows: list[list[str]]) -> list[list[str]]:
    """Leave every rater one image to learn from."""
    return [row for row in rows if row[2] != "train" or int(row[1].removesuffix(".png")) == int(row[0][1:])]


@pytest.mark.parametrize(
    "change",
    [
        one_each,
        lambda rows: [*rows, ["ghost", "3.png", "query"]],
        lambda rows: [*rows, *rows, ["r0", "1.png", "Train"], ["r0", "1.png", ""]],
        lambda rows: [row for row in rows if row[2] != "support"],
    ],
    ids=["one rating each", "a rater nobody knows", "rows twice and other roles", "new raters without support"],
)
def test_odd_splits_get_a_finite_prediction_for_every_query_row(
    tidy_set: Path, tmp_path: Path, change: Callable[[list[list[str]]], list[list[str]]]
) -> None:
    split = write_split(tmp_path / "split.csv", known=3)
    with split.open(newline="") as file:
        header, *rows = csv.reader(file)
    changed = change(rows)
    with split.open("w", newline="") as file:
        csv.writer(file).writerows([header, *changed])
    evaluate_split(request(tidy_set, split, tmp_path / "out.csv", *BASELINES), progress=be_silent)
    found = predictions(tmp_path / "out.csv")
    assert set(found) == {(rater, image) for rater, image, role in changed if role == "query"}
    assert np.isfinite(np.array(list(found.values()))).all()


@pytest.mark.slow
def test_a_rater_of_one_word_and_names_with_leading_zeros_are_no_trouble(tidy_set: Path, tmp_path: Path) -> None:
    odd = copy_set(tidy_set, tmp_path / "odd")
    text = (odd / "ratings.csv").read_text().replace("r1,", "0001,").replace("r2,", "1e3,")
    rows = [line.split(",") for line in text.splitlines()]
    constant = [[rater, image, "3" if rater == "0001" else rating] for rater, image, rating in rows]
    (odd / "ratings.csv").write_text("\ufeff" + "\n".join(",".join([*row, "note"]) for row in constant))
    split = write_split(tmp_path / "split.csv", known=3)
    split.write_text(split.read_text().replace("r1,", "0001,").replace("r2,", "1e3,"))
    evaluate_split(request(odd, split, tmp_path / "out.csv", *BASELINES), progress=be_silent)
    assert {"0001", "1e3"} < {rater for rater, _ in predictions(tmp_path / "out.csv")}


def test_images_that_are_all_alike_are_refused_in_a_sentence(tidy_set: Path, tmp_path: Path) -> None:
    alike = tmp_path / "alike"
    (alike / "images").mkdir(parents=True)
    (alike / "ratings.csv").write_bytes((tidy_set / "ratings.csv").read_bytes())
    for place in range(IMAGES):
        (alike / "images" / f"{place}.png").write_bytes((tidy_set / "images" / "0.png").read_bytes())
    split = write_split(tmp_path / "split.csv", known=3)
    with pytest.raises(TidyError, match="nothing to learn from the train rows: images: no feature differs"):
        evaluate_split(request(alike, split, tmp_path / "out.csv"), progress=be_silent)


def test_unknown_baselines_policies_and_encoders_are_refused(tidy_set: Path, tmp_path: Path) -> None:
    with pytest.raises(TidyError, match="'magic' is unknown"):
        known_baselines(["magic"])
    with pytest.raises(TidyError, match="'best' is unknown"):
        parse_policies("active,best")
    split = write_split(tmp_path / "split.csv", known=3)
    source = ExperimentSource(folder=tidy_set, split=split, cache=tmp_path)
    bad = EvaluationRequest(source=source, out=tmp_path / "o.csv", encoder_key="magic")
    with pytest.raises(TidyError, match="encoder: 'magic' is unknown"):
        evaluate_split(bad, progress=be_silent)


def test_simulate_asks_each_new_rater_for_different_images_and_never_for_a_query_image(
    tidy_set: Path, tmp_path: Path
) -> None:
    split = write_split(tmp_path / "split.csv", known=0)
    source = ExperimentSource(folder=tidy_set, split=split, cache=tidy_set / "cache", with_others=True)
    found = simulate_split(
        SimulationRequest(source=source, out=tmp_path / "o.csv", policies=("active", "random"), budget=10),
        progress=be_silent,
    )
    with (tmp_path / "o.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert found.raters == 2
    assert len(rows) == 2 * 2 * 10
    for policy in ("active", "random"):
        for rater in ("r6", "r7"):
            own = [row for row in rows if (row["policy"], row["rater"]) == (policy, rater)]
            assert [int(row["step"]) for row in own] == list(range(1, 11))
            assert len({row["image"] for row in own}) == 10
            assert all(int(row["image"].removesuffix(".png")) < IMAGES - 6 for row in own)
    assert list(found.curves) == ["active", "random", "active, exam known"]
    before, after = (found.curves["active"][shot]["srocc"]["value"] for shot in (0, 10))
    assert before is not None
    assert after is not None
    assert after > before


def test_simulate_can_ask_for_pairs_of_which_none_comes_twice(tidy_set: Path, tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.csv", known=0)
    source = ExperimentSource(folder=tidy_set, split=split, cache=tidy_set / "cache", with_others=True)
    asked = SimulationRequest(
        source=source, out=tmp_path / "o.csv", policies=("active", "random"), budget=10, ask="pairs"
    )
    found = simulate_split(asked, progress=be_silent)
    rows = [row for row in read_rows(tmp_path / "o.csv") if row["rater"] == "r6"]
    for policy in ("active", "random"):
        pairs = [frozenset((row["first"], row["second"])) for row in rows if row["policy"] == policy]
        assert len(set(pairs)) == len(pairs) == 10
        assert {len(pair) for pair in pairs} == {2}
        assert [found.curves[policy][shot]["srocc"]["raters"] for shot in (0, 10)] == [2, 2]
        assert [found.curves[policy][shot]["log_likelihood"]["raters"] for shot in (0, 10)] == [2, 2]
    assert set(found.against_random["active"][10]) == {"srocc", "pairwise_accuracy", "log_likelihood"}


def test_simulate_can_ask_for_the_best_and_the_worst_of_four(tidy_set: Path, tmp_path: Path) -> None:
    split = write_split(tmp_path / "split.csv", known=0)
    source = ExperimentSource(folder=tidy_set, split=split, cache=tidy_set / "cache", with_others=True)
    asked = SimulationRequest(
        source=source, out=tmp_path / "o.csv", policies=("active", "random"), budget=4, ask="sets"
    )
    found = simulate_split(asked, progress=be_silent)
    rows = read_rows(tmp_path / "o.csv")
    assert len(rows) == 2 * 2 * 4
    assert all(len({row["first"], row["second"], row["third"], row["fourth"]}) == 4 for row in rows)
    assert found.curves["active"][4]["log_likelihood"]["value"] is not None


def test_simulate_needs_new_raters(tidy_set: Path, tmp_path: Path) -> None:
    split = tmp_path / "s.csv"
    split.write_text("rater,image,role\nr1,1.png,train\nr1,2.png,train\nr2,3.png,train\nr1,4.png,query\n")
    source = ExperimentSource(folder=tidy_set, split=split, cache=tidy_set / "cache", with_others=True)
    with pytest.raises(TidyError, match="use a split that keeps some raters new"):
        simulate_split(
            SimulationRequest(source=source, out=tmp_path / "o.csv", policies=("random",), budget=3),
            progress=be_silent,
        )


def test_the_mean_of_others_leaves_out_what_is_predicted_and_falls_back_where_nobody_else_rated() -> None:
    # image 0 got 0.2, 0.4 and one unknown rating, image 1 got 0.9 alone; all known ones have the mean 0.5
    query = Ratings.of(np.array([0, 1, 2, 0]), np.array([0, 0, 0, 1]), np.array([0.2, 0.4, np.nan, 0.9]))
    assert mean_of_others(query).mean == pytest.approx([0.4, 0.2, 0.3, 0.5])
