"""The client for scripts and notebooks."""

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from . import plans
from .pictures import Picture
from .plans import EVERYBODY, Found, Pause, Plan, Progress, Request
from .shapes import DumpFacts, ImportFacts, PushFacts, RunFacts, ScoreArrays, StudyFacts, VersionFacts
from .transport import BUSY, Attempts, Retries, arguments_of, checked, settings_of


class Pamela:
    """A Pamela server, as the person of a token may use it.

    `url` is the address of the site, or of a reward server; `token` is made in the admin under *API tokens*. Raises
    `RefusedCallError` with the server's own sentence, and `UnreachableError` once `retries` are used up.
    """

    def __init__(self, url: str, token: str = "", *, timeout: float = 120.0, retries: Retries | None = None) -> None:
        """Connect; nothing is sent yet."""
        self._http = httpx.Client(**settings_of(url, token, timeout))
        self._retries = retries or Retries()

    def __enter__(self) -> "Pamela":
        """Use it for a block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def studies(self) -> list[StudyFacts]:
        """List the studies, the newest first."""
        return self._carry_out(plans.studies())

    def create_study(self, slug: str, **fields: Any) -> StudyFacts:
        """Create a draft; the fields are those of a study's file, and an unknown one is refused."""
        return self._carry_out(plans.create_study({"title": slug, **fields, "slug": slug}))

    def settings(self, slug: str) -> dict[str, Any]:
        """Give the fields of a study."""
        found: dict[str, Any] = self._carry_out(plans.get(f"studies/{slug}/settings"))
        return found

    def change_study(self, slug: str, **changes: Any) -> dict[str, Any]:
        """Change fields of a study; give all of them."""
        return self._carry_out(plans.change_study(slug, changes))

    def open_study(self, slug: str, *, may_lack_translations: bool = False) -> StudyFacts:
        """Let raters in."""
        return self._carry_out(plans.move_study(slug, "open", may_lack_translations=may_lack_translations))

    def pause_study(self, slug: str) -> StudyFacts:
        """Hand out nothing more for now."""
        return self._carry_out(plans.move_study(slug, "paused"))

    def close_study(self, slug: str) -> StudyFacts:
        """Take no more answers."""
        return self._carry_out(plans.move_study(slug, "closed"))

    def add_images(
        self,
        slug: str,
        pictures: Sequence[Picture],
        *,
        details: Sequence[Mapping[str, Any]] | None = None,
        progress: Progress | None = None,
    ) -> ImportFacts:
        """Hand in pictures, with what is known of each (`prompt`, `generator`, `domain`, any more); wait for them."""
        return self._carry_out(plans.add_images(slug, pictures, details=details, progress=progress))

    def import_ratings(
        self,
        file: str | Path,
        name: str,
        *,
        answers: Mapping[str, str] | None = None,
        progress: Progress | None = None,
        **terms: Any,
    ) -> ImportFacts:
        """Import ratings from elsewhere as a set; `terms` are those of the API (`layout`, `scale_min`, `differing` …).

        `answers` says what the file leaves open, such as `{"column": "beauty"}`; else that is raised as a question.
        """
        plan = plans.import_ratings(file, name=name, terms=terms, answers=answers or {}, progress=progress)
        return self._carry_out(plan)

    def datasets(self) -> list[dict[str, Any]]:
        """List the imported sets, each with its `id`."""
        return self._carry_out(plans.get("datasets"))

    def change_dataset(self, number: int, **changes: Any) -> dict[str, Any]:
        """Change the `sampling_weight`, `source` or `licence` of an imported set."""
        return self._carry_out(plans.change_dataset(number, changes))

    def delete_dataset(self, number: int) -> None:
        """Delete an imported set with all its ratings; pictures and models stay."""
        self._carry_out(plans.delete_dataset(number))

    def change_image(self, slug: str, image: str, **changes: Any) -> dict[str, Any]:
        """Change what a study says of a picture: `prompt`, `generator`, `domain`, `metadata`, `is_on_card`."""
        return self._carry_out(plans.change_image(slug, image, changes))

    def archive_images(self, slug: str, images: Sequence[str], *, archived: bool = True) -> int:
        """Archive pictures that no study shows, or restore them; give how many changed."""
        return self._carry_out(plans.archive_images(slug, images, archived=archived))

    def images(self, slug: str) -> list[dict[str, Any]]:
        """List the pictures of a study."""
        return self._carry_out(plans.every(f"studies/{slug}/images"))

    def raters(self, slug: str) -> list[dict[str, Any]]:
        """List those who take part."""
        return self._carry_out(plans.every(f"studies/{slug}/participants"))

    def withdraw(self, slug: str, rater: str) -> None:
        """Withdraw a rater: all they gave is deleted, in every study."""
        self._carry_out(plans.withdraw(slug, rater))

    def flags(self, slug: str) -> list[dict[str, Any]]:
        """List the flags of raters."""
        return self._carry_out(plans.every(f"studies/{slug}/flags"))

    def decide_flag(self, slug: str, number: int, state: str) -> dict[str, Any]:
        """Confirm or dismiss a flag."""
        return self._carry_out(plans.decide_flag(slug, number, state))

    def retrain(
        self, slug: str, *, reason: str = "a script", wait: bool = True, progress: Progress | None = None
    ) -> RunFacts:
        """Have the model trained, and wait for it unless `wait` is false."""
        return self._carry_out(plans.retrain(slug, reason=reason, wait=wait, progress=progress))

    def versions(self, slug: str) -> list[VersionFacts]:
        """List the versions of the model, the newest first."""
        return self._carry_out(plans.versions(slug))

    def promote(self, slug: str, number: int) -> VersionFacts:
        """Let a version serve."""
        return self._carry_out(plans.promote(slug, number))

    def push_version(
        self, slug: str, number: int, repository: str, *, is_public: bool = False, progress: Progress | None = None
    ) -> PushFacts:
        """Send a version to the Hugging Face Hub, under the token of the server's workers, and wait for it."""
        what = f"versions/{number}"
        plan = plans.push(slug, what, repository=repository, is_public=is_public, progress=progress)
        return self._carry_out(plan)

    def dump(self, slug: str, *, progress: Progress | None = None, **wanted: Any) -> DumpFacts:
        """Have a dump made, and wait for it; `format` and the filters are those of the API."""
        return self._carry_out(plans.dump(slug, wanted=wanted, progress=progress))

    def dumps(self, slug: str) -> list[DumpFacts]:
        """List the dumps of a study, the newest first."""
        return self._carry_out(plans.dumps(slug))

    def push_dump(
        self, slug: str, version: int, repository: str, *, is_public: bool = False, progress: Progress | None = None
    ) -> PushFacts:
        """Send a dump to the Hugging Face Hub, under the token of the server's workers, and wait for it."""
        what = f"dumps/{version}"
        plan = plans.push(slug, what, repository=repository, is_public=is_public, progress=progress)
        return self._carry_out(plan)

    def save_dump(self, found: DumpFacts, folder: str | Path) -> list[Path]:
        """Fetch all files of a dump into a folder; give where they lie."""
        return self._carry_out(plans.save_dump(found, folder))

    def frame(self, found: DumpFacts, table: str = "ratings") -> Any:
        """Read a table of a dump (`ratings`, `images`, `raters` …) as a data frame of pandas."""
        return self._carry_out(plans.frame(found, table))

    def taste(self, rater: str = EVERYBODY, *, study: str = "") -> "PersonalReward":
        """Give what one person likes, or everybody; `study` where the token opens several."""
        return PersonalReward(client=self, rater=rater, study=study)

    def score(
        self,
        pictures: Sequence[Picture],
        prompts: Sequence[str] | None = None,
        *,
        raters: Iterable[str] | str = EVERYBODY,
        study: str = "",
        k: float = 1.0,
        progress: Progress | None = None,
    ) -> ScoreArrays:
        """Score pictures for raters: arrays of (raters, pictures)."""
        wanted = plans.people(raters)
        return self._carry_out(
            plans.score(pictures, prompts=prompts, raters=wanted, study=study, k=k, progress=progress)
        )

    def steer(self, slug: str, prompt: str, *, raters: Iterable[str] | str, **terms: Any) -> list[dict[str, Any]]:
        """Order pictures for raters; `modes`, `generator`, `iterations` … are those of the API."""
        return self._carry_out(plans.steer(slug, order={"prompt": prompt, "raters": plans.people(raters), **terms}))

    def steering(self, slug: str, number: int) -> dict[str, Any]:
        """Tell how far a search is, and what it found."""
        found: dict[str, Any] = self._carry_out(plans.get(f"studies/{slug}/steering/{number}"))
        return found

    def _carry_out(self, plan: Plan[Found]) -> Found:
        """Send what a plan wants sent."""
        try:
            step = next(plan)
            while True:
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    step = next(plan)
                else:
                    step = plan.send(self._send(step))
        except StopIteration as end:
            found: Found = end.value
            return found

    def _send(self, request: Request) -> httpx.Response:
        """Send a request until it is answered."""
        attempts = Attempts(retries=self._retries, request=request)
        while True:
            outcome: httpx.Response | httpx.TransportError
            try:
                outcome = self._http.request(request.method, request.path, **arguments_of(request))
            except httpx.TransportError as error:
                outcome = error
            if isinstance(outcome, httpx.Response) and outcome.status_code not in BUSY:
                return checked(outcome)
            time.sleep(attempts.wait_after(outcome))


class PersonalReward:
    """What one person likes: a reward for anything that makes pictures."""

    def __init__(self, *, client: Pamela, rater: str, study: str) -> None:
        """Say whose."""
        self.client, self.rater, self.study = client, rater, study

    def score(
        self,
        pictures: Sequence[Picture],
        prompts: Sequence[str] | None = None,
        *,
        k: float = 1.0,
        progress: Progress | None = None,
    ) -> ScoreArrays:
        """Score pictures, each with the prompt it was made from where that is known: arrays of (pictures,)."""
        found = self.client.score(pictures, prompts, raters=self.rater, study=self.study, k=k, progress=progress)
        return found.of_one()
