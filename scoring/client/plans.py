"""Every call of the API, written once for both clients.

A plan is a generator: it yields the requests that it wants sent and gets their answers, and returns what the caller
asked for. So the plain and the async client differ in nothing but how they send and wait.
"""

import io
import json
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from urllib.parse import quote

import httpx
import numpy as np

from .errors import JobFailedError, PamelaError
from .pictures import Picture, content_of, distinct_names, name_of
from .shapes import DumpFacts, ImportFacts, JobFacts, PushFacts, RunFacts, ScoreArrays, StudyFacts, VersionFacts, joined

Found = TypeVar("Found")
Job = TypeVar("Job", bound=JobFacts)
Progress: TypeAlias = Callable[[float, str], None]  # the share that is done, and what is going on
Files: TypeAlias = list[tuple[str, tuple[str, bytes]]]

EVERYBODY = "everybody"
NPZ = "application/x-npz"
PICTURES_AT_ONCE = 32
FAILED = ("failed", "cancelled")
BETWEEN_LOOKS = 1.0  # seconds, while the server works


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request; `is_repeatable` tells whether sending it twice does no more than sending it once."""

    method: str
    path: str
    body: Any = None
    form: Mapping[str, Any] = field(default_factory=dict)
    files: Files = field(default_factory=list)
    accept: str = "application/json"
    is_repeatable: bool = True


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A wait of so many seconds."""

    seconds: float


Plan: TypeAlias = Generator[Request | Pause, httpx.Response, Found]


def get(path: str) -> Plan[Any]:
    """Read something."""
    answer = yield Request(method="GET", path=path)
    return answer.json()


def post(path: str, body: Any = None, *, is_repeatable: bool = False) -> Plan[Any]:
    """Do something."""
    answer = yield Request(method="POST", path=path, body={} if body is None else body, is_repeatable=is_repeatable)
    return answer.json()


def every(path: str) -> Plan[list[dict[str, Any]]]:
    """Read a list that comes in pages."""
    rows: list[dict[str, Any]] = []
    following: str | None = f"{path}?page_size=1000"
    while following:
        page = yield from get(following)
        rows += page["results"]
        following = page["next"]
    return rows


def ended(path: str, shape: type[Job], *, progress: Progress | None) -> Plan[Job]:
    """Wait until the server has done its work; raise `JobFailedError` where that did not end well."""
    while True:
        job = shape.read((yield from get(path)))
        if progress:
            progress(job.progress, job.state)
        if job.has_ended:
            break
        yield Pause(seconds=BETWEEN_LOOKS)
    if job.state in FAILED:
        raise JobFailedError(f"{path} {job.state}: {job.error or 'nobody says why'}")
    return job


def studies() -> Plan[list[StudyFacts]]:
    """List the studies."""
    return [StudyFacts.read(row) for row in (yield from get("studies"))]


def create_study(description: Mapping[str, Any]) -> Plan[StudyFacts]:
    """Create a draft."""
    return StudyFacts.read((yield from post("studies", dict(description))))


def change_study(slug: str, changes: Mapping[str, Any]) -> Plan[dict[str, Any]]:
    """Change fields of a study."""
    answer = yield Request(method="PATCH", path=f"studies/{slug}/settings", body=dict(changes))
    found: dict[str, Any] = answer.json()
    return found


def move_study(slug: str, state: str, *, may_lack_translations: bool = False) -> Plan[StudyFacts]:
    """Open, pause or close a study."""
    asked = {"state": state, **({"may_lack_translations": True} if may_lack_translations else {})}
    return StudyFacts.read((yield from post(f"studies/{slug}/state", asked, is_repeatable=True)))


def add_images(
    slug: str,
    pictures: Sequence[Picture],
    *,
    details: Sequence[Mapping[str, Any]] | None,
    progress: Progress | None,
) -> Plan[ImportFacts]:
    """Hand in pictures with what is known of each, and wait until they are there."""
    names = distinct_names(pictures)
    files: Files = [("pictures", (name, content_of(picture))) for name, picture in zip(names, pictures, strict=True)]
    if details is not None:
        rows = [{"file": name, **row} for name, row in zip(names, details, strict=True)]
        lines = "".join(f"{json.dumps(row)}\n" for row in rows)
        files.append(("details", ("details.jsonl", lines.encode())))
    path = f"studies/{slug}/images"
    answer = yield Request(method="POST", path=path, files=files, is_repeatable=False)
    number = answer.json()["id"]
    return (yield from ended(f"studies/{slug}/imports/{number}", ImportFacts, progress=progress))


def import_ratings(
    file: str | Path,
    *,
    name: str,
    terms: Mapping[str, Any],
    answers: Mapping[str, str],
    progress: Progress | None,
) -> Plan[ImportFacts]:
    """Look at a file of ratings, answer what it leaves open, have it imported, and wait until that is done."""
    content = Path(file).read_bytes()
    differing = {key: value for key, value in terms.items() if key == "differing"}
    form = {key: str(value) for key, value in terms.items() if key not in differing}
    sent: Files = [("ratings", (Path(file).name, content))]
    found = yield from look(Request(method="POST", path="datasets/looks", form={"name": name, **form}, files=sent))
    while question := found["question"]:
        option = question["asked_for"]
        if option not in answers:
            raise PamelaError(f"{question['text']}: {', '.join(question['choices'])}; say {option!r} in answers.")
        said = {"ticket": found["ticket"], "asked_for": option, "choice": answers[option]}
        answers = {key: value for key, value in answers.items() if key != option}
        found = yield from look(Request(method="POST", path="datasets/looks/answer", body=said))
    if not found["ticket"]:
        raise PamelaError(found["refusal"] or "; ".join(found["problems"]))
    begun = yield from post("datasets/imports", {"ticket": found["ticket"], **differing}, is_repeatable=True)
    return (yield from ended(f"datasets/imports/{begun['id']}", ImportFacts, progress=progress))


def change_dataset(number: int, changes: Mapping[str, Any]) -> Plan[dict[str, Any]]:
    """Change what is said of an imported set."""
    answer = yield Request(method="PATCH", path=f"datasets/{number}", body=dict(changes))
    found: dict[str, Any] = answer.json()
    return found


def delete_dataset(number: int) -> Plan[None]:
    """Delete an imported set."""
    yield Request(method="DELETE", path=f"datasets/{number}")


def look(request: Request) -> Plan[dict[str, Any]]:
    """Give what a look at files found."""
    answer = yield request
    found: dict[str, Any] = answer.json()
    return found


def change_image(slug: str, image: str, changes: Mapping[str, Any]) -> Plan[dict[str, Any]]:
    """Change what a study says of a picture."""
    answer = yield Request(method="PATCH", path=f"studies/{slug}/images/{quote(image)}", body=dict(changes))
    found: dict[str, Any] = answer.json()
    return found


def archive_images(slug: str, images: Sequence[str], *, archived: bool) -> Plan[int]:
    """Archive pictures, or restore them; give how many changed."""
    body = {"images": list(images), "archived": archived}
    return int((yield from post(f"studies/{slug}/images/archive", body, is_repeatable=True))["changed"])


def withdraw(slug: str, rater: str) -> Plan[None]:
    """Withdraw a rater."""
    yield Request(method="DELETE", path=f"studies/{slug}/participants/{quote(rater, safe='')}")


def push(slug: str, what: str, *, repository: str, is_public: bool, progress: Progress | None) -> Plan[PushFacts]:
    """Have a dump or a version sent to the Hub, and wait until that is done."""
    path = f"studies/{slug}/{what}/pushes"
    body = {"repository": repository, "is_public": is_public}
    number = (yield from post(path, body, is_repeatable=True))["id"]
    while True:
        listed = yield from get(path)
        found = PushFacts.read(next(row for row in listed if row["id"] == number))
        if progress:
            progress(found.progress, found.state)
        if found.has_ended:
            break
        yield Pause(seconds=BETWEEN_LOOKS)
    if found.state in FAILED:
        raise JobFailedError(f"{path} {found.state}: {found.error or 'nobody says why'}")
    return found


def retrain(slug: str, *, reason: str, wait: bool, progress: Progress | None) -> Plan[RunFacts]:
    """Have the model trained."""
    run = RunFacts.read((yield from post(f"studies/{slug}/runs", {"reason": reason})))
    if not wait:
        return run
    return (yield from ended(f"studies/{slug}/runs/{run.id}", RunFacts, progress=progress))


def versions(slug: str) -> Plan[list[VersionFacts]]:
    """List the versions of a model."""
    return [VersionFacts.read(row) for row in (yield from get(f"studies/{slug}/versions"))]


def promote(slug: str, number: int) -> Plan[VersionFacts]:
    """Let a version serve."""
    path = f"studies/{slug}/versions/{number}/promote"
    return VersionFacts.read((yield from post(path, is_repeatable=True)))


def dump(slug: str, *, wanted: Mapping[str, Any], progress: Progress | None) -> Plan[DumpFacts]:
    """Have a dump made, and wait for it."""
    made = DumpFacts.read((yield from post(f"studies/{slug}/dumps", dict(wanted))))
    return (yield from ended(f"studies/{slug}/dumps/{made.version}", DumpFacts, progress=progress))


def dumps(slug: str) -> Plan[list[DumpFacts]]:
    """List the dumps of a study."""
    return [DumpFacts.read(row) for row in (yield from get(f"studies/{slug}/dumps"))]


def save_dump(found: DumpFacts, folder: str | Path) -> Plan[list[Path]]:
    """Fetch all files of a dump into a folder; give where they lie."""
    paths = []
    for name in (str(file["path"]) for file in found.files):
        path = Path(folder) / name
        if Path(folder).resolve() not in path.resolve().parents:
            raise PamelaError(f"The dump names a file outside its folder: {name}.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((yield from dump_file(found, name)))
        paths.append(path)
    return paths


def frame(found: DumpFacts, table: str) -> Plan[Any]:
    """Read a table of a dump as a data frame."""
    try:
        import pandas as pd
    except ImportError as error:
        raise PamelaError("Data frames need pandas: install it, or this package with its extra `frames`.") from error
    readers: dict[str, Callable[[io.BytesIO], Any]] = {
        ".parquet": pd.read_parquet,
        ".csv": pd.read_csv,
        ".jsonl": partial(pd.read_json, lines=True),
    }
    names = [str(file["path"]) for file in found.files]
    suffix = next((suffix for suffix in readers if f"{table}{suffix}" in names), None)
    if suffix is None:
        raise PamelaError(f"The dump has no table {table!r}: its files are {', '.join(names)}.")
    return readers[suffix](io.BytesIO((yield from dump_file(found, f"{table}{suffix}"))))


def dump_file(found: DumpFacts, name: str) -> Plan[bytes]:
    """Fetch a file of a dump."""
    path = f"studies/{found.study}/dumps/{found.version}/files/{name}"
    answer = yield Request(method="GET", path=path, accept="*/*")
    return answer.content


def score(
    pictures: Sequence[Picture],
    *,
    prompts: Sequence[str] | None,
    raters: Sequence[str],
    study: str,
    k: float,
    progress: Progress | None,
) -> Plan[ScoreArrays]:
    """Score pictures for raters, all by one version of the model: once more from the start if it changes meanwhile."""
    for _ in range(2):
        parts = yield from scored_batches(pictures, prompts=prompts, raters=raters, study=study, k=k, progress=progress)
        versions = sorted({part.model_version for part in parts})
        if len(versions) == 1:
            return joined(parts)
    raise PamelaError(f"The model changed twice while pictures were scored ({', '.join(versions)}): score them again.")


def scored_batches(
    pictures: Sequence[Picture],
    *,
    prompts: Sequence[str] | None,
    raters: Sequence[str],
    study: str,
    k: float,
    progress: Progress | None,
) -> Plan[list[ScoreArrays]]:
    """Score pictures for raters, some at a time."""
    said = list(prompts) if prompts is not None else [""] * len(pictures)
    if len(said) != len(pictures):
        raise ValueError(f"There are {len(pictures)} pictures and {len(said)} prompts: give one for each.")
    parts: list[ScoreArrays] = []
    for start in range(0, max(len(pictures), 1), PICTURES_AT_ONCE):
        batch = slice(start, start + PICTURES_AT_ONCE)
        form: dict[str, Any] = {"rater": list(raters), "k": str(k), "study": study or []}
        if prompts is not None:
            form["prompt"] = said[batch]
        files: Files = [("images", (name_of(one, place=at), content_of(one))) for at, one in enumerate(pictures[batch])]
        answer = yield Request(method="POST", path="score", form=form, files=files, accept=NPZ)
        parts.append(read_scores(answer.content))
        if progress:
            progress(min(1.0, (start + PICTURES_AT_ONCE) / max(len(pictures), 1)), "scoring")
    return parts


def read_scores(body: bytes) -> ScoreArrays:
    """Read arrays as the server writes them."""
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        return ScoreArrays(
            mean=arrays["mean"],
            rating=arrays["rating"] if "rating" in arrays else np.full_like(arrays["mean"], np.nan),
            sd=arrays["sd"],
            lower=arrays["lower"],
            percentile=arrays["percentile"],
            prompt_judged=arrays["prompt_judged"],
            raters=tuple(str(name) for name in arrays["raters"]),
            model_version=str(arrays["model_version"]),
        )


def decide_flag(slug: str, number: int, state: str) -> Plan[dict[str, Any]]:
    """Confirm or dismiss a flag."""
    decided: dict[str, Any] = yield from post(f"studies/{slug}/flags/{number}", {"state": state}, is_repeatable=True)
    return decided


def steer(slug: str, *, order: Mapping[str, Any]) -> Plan[list[dict[str, Any]]]:
    """Order pictures for raters."""
    found: list[dict[str, Any]] = yield from post(f"studies/{slug}/steering", dict(order))
    return found


def people(raters: Iterable[str] | str) -> list[str]:
    """Give the names of raters, of whom one may be given alone."""
    return [raters] if isinstance(raters, str) else list(raters)
