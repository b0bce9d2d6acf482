"""The same client for programs that wait for many things at once."""

import asyncio
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


class AsyncPamela:
    """A Pamela server; every method is that of `Pamela`, awaited."""

    def __init__(self, url: str, token: str = "", *, timeout: float = 120.0, retries: Retries | None = None) -> None:
        """Connect; nothing is sent yet."""
        self._http = httpx.AsyncClient(**settings_of(url, token, timeout))
        self._retries = retries or Retries()

    async def __aenter__(self) -> "AsyncPamela":
        """Use it for a block."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def studies(self) -> list[StudyFacts]:
        """List the studies, the newest first."""
        return await self._carry_out(plans.studies())

    async def create_study(self, slug: str, **fields: Any) -> StudyFacts:
        """Create a draft."""
        return await self._carry_out(plans.create_study({"title": slug, **fields, "slug": slug}))

    async def settings(self, slug: str) -> dict[str, Any]:
        """Give the fields of a study."""
        found: dict[str, Any] = await self._carry_out(plans.get(f"studies/{slug}/settings"))
        return found

    async def change_study(self, slug: str, **changes: Any) -> dict[str, Any]:
        """Change fields of a study; give all of them."""
        return await self._carry_out(plans.change_study(slug, changes))

    async def open_study(self, slug: str, *, may_lack_translations: bool = False) -> StudyFacts:
        """Let raters in."""
        return await self._carry_out(plans.move_study(slug, "open", may_lack_translations=may_lack_translations))

    async def pause_study(self, slug: str) -> StudyFacts:
        """Hand out nothing more for now."""
        return await self._carry_out(plans.move_study(slug, "paused"))

    async def close_study(self, slug: str) -> StudyFacts:
        """Take no more answers."""
        return await self._carry_out(plans.move_study(slug, "closed"))

    async def add_images(
        self,
        slug: str,
        pictures: Sequence[Picture],
        *,
        details: Sequence[Mapping[str, Any]] | None = None,
        progress: Progress | None = None,
    ) -> ImportFacts:
        """Hand in pictures, and wait for them."""
        return await self._carry_out(plans.add_images(slug, pictures, details=details, progress=progress))

    async def import_ratings(
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
        return await self._carry_out(plan)

    async def datasets(self) -> list[dict[str, Any]]:
        """List the imported sets, each with its `id`."""
        return await self._carry_out(plans.get("datasets"))

    async def change_dataset(self, number: int, **changes: Any) -> dict[str, Any]:
        """Change the `sampling_weight`, `source` or `licence` of an imported set."""
        return await self._carry_out(plans.change_dataset(number, changes))

    async def delete_dataset(self, number: int) -> None:
        """Delete an imported set with all its ratings; pictures and models stay."""
        await self._carry_out(plans.delete_dataset(number))

    async def change_image(self, slug: str, image: str, **changes: Any) -> dict[str, Any]:
        """Change what a study says of a picture: `prompt`, `generator`, `domain`, `metadata`, `is_on_card`."""
        return await self._carry_out(plans.change_image(slug, image, changes))

    async def archive_images(self, slug: str, images: Sequence[str], *, archived: bool = True) -> int:
        """Archive pictures that no study shows, or restore them; give how many changed."""
        return await self._carry_out(plans.archive_images(slug, images, archived=archived))

    async def images(self, slug: str) -> list[dict[str, Any]]:
        """List the pictures of a study."""
        return await self._carry_out(plans.every(f"studies/{slug}/images"))

    async def raters(self, slug: str) -> list[dict[str, Any]]:
        """List those who take part."""
        return await self._carry_out(plans.every(f"studies/{slug}/participants"))

    async def withdraw(self, slug: str, rater: str) -> None:
        """Withdraw a rater: all they gave is deleted, in every study."""
        await self._carry_out(plans.withdraw(slug, rater))

    async def flags(self, slug: str) -> list[dict[str, Any]]:
        """List the flags of raters."""
        return await self._carry_out(plans.every(f"studies/{slug}/flags"))

    async def decide_flag(self, slug: str, number: int, state: str) -> dict[str, Any]:
        """Confirm or dismiss a flag."""
        return await self._carry_out(plans.decide_flag(slug, number, state))

    async def retrain(
        self, slug: str, *, reason: str = "a script", wait: bool = True, progress: Progress | None = None
    ) -> RunFacts:
        """Have the model trained."""
        return await self._carry_out(plans.retrain(slug, reason=reason, wait=wait, progress=progress))

    async def versions(self, slug: str) -> list[VersionFacts]:
        """List the versions of the model, the newest first."""
        return await self._carry_out(plans.versions(slug))

    async def promote(self, slug: str, number: int) -> VersionFacts:
        """Let a version serve."""
        return await self._carry_out(plans.promote(slug, number))

    async def push_version(
        self, slug: str, number: int, repository: str, *, is_public: bool = False, progress: Progress | None = None
    ) -> PushFacts:
        """Send a version to the Hugging Face Hub, under the token of the server's workers, and wait for it."""
        what = f"versions/{number}"
        plan = plans.push(slug, what, repository=repository, is_public=is_public, progress=progress)
        return await self._carry_out(plan)

    async def dump(self, slug: str, *, progress: Progress | None = None, **wanted: Any) -> DumpFacts:
        """Have a dump made, and wait for it."""
        return await self._carry_out(plans.dump(slug, wanted=wanted, progress=progress))

    async def dumps(self, slug: str) -> list[DumpFacts]:
        """List the dumps of a study, the newest first."""
        return await self._carry_out(plans.dumps(slug))

    async def push_dump(
        self, slug: str, version: int, repository: str, *, is_public: bool = False, progress: Progress | None = None
    ) -> PushFacts:
        """Send a dump to the Hugging Face Hub, under the token of the server's workers, and wait for it."""
        what = f"dumps/{version}"
        plan = plans.push(slug, what, repository=repository, is_public=is_public, progress=progress)
        return await self._carry_out(plan)

    async def save_dump(self, found: DumpFacts, folder: str | Path) -> list[Path]:
        """Fetch all files of a dump into a folder; give where they lie."""
        return await self._carry_out(plans.save_dump(found, folder))

    async def frame(self, found: DumpFacts, table: str = "ratings") -> Any:
        """Read a table of a dump as a data frame of pandas."""
        return await self._carry_out(plans.frame(found, table))

    def taste(self, rater: str = EVERYBODY, *, study: str = "") -> "AsyncPersonalReward":
        """Give what one person likes, or everybody."""
        return AsyncPersonalReward(client=self, rater=rater, study=study)

    async def score(
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
        return await self._carry_out(
            plans.score(pictures, prompts=prompts, raters=wanted, study=study, k=k, progress=progress)
        )

    async def steer(self, slug: str, prompt: str, *, raters: Iterable[str] | str, **terms: Any) -> list[dict[str, Any]]:
        """Order pictures for raters."""
        order = {"prompt": prompt, "raters": plans.people(raters), **terms}
        return await self._carry_out(plans.steer(slug, order=order))

    async def steering(self, slug: str, number: int) -> dict[str, Any]:
        """Tell how far a search is, and what it found."""
        found: dict[str, Any] = await self._carry_out(plans.get(f"studies/{slug}/steering/{number}"))
        return found

    async def _carry_out(self, plan: Plan[Found]) -> Found:
        """Send what a plan wants sent."""
        try:
            step = next(plan)
            while True:
                if isinstance(step, Pause):
                    await asyncio.sleep(step.seconds)
                    step = next(plan)
                else:
                    step = plan.send(await self._send(step))
        except StopIteration as end:
            found: Found = end.value
            return found

    async def _send(self, request: Request) -> httpx.Response:
        """Send a request until it is answered."""
        attempts = Attempts(retries=self._retries, request=request)
        while True:
            outcome: httpx.Response | httpx.TransportError
            try:
                outcome = await self._http.request(request.method, request.path, **arguments_of(request))
            except httpx.TransportError as error:
                outcome = error
            if isinstance(outcome, httpx.Response) and outcome.status_code not in BUSY:
                return checked(outcome)
            await asyncio.sleep(attempts.wait_after(outcome))


class AsyncPersonalReward:
    """What one person likes."""

    def __init__(self, *, client: AsyncPamela, rater: str, study: str) -> None:
        """Say whose."""
        self.client, self.rater, self.study = client, rater, study

    async def score(
        self,
        pictures: Sequence[Picture],
        prompts: Sequence[str] | None = None,
        *,
        k: float = 1.0,
        progress: Progress | None = None,
    ) -> ScoreArrays:
        """Score pictures: arrays of (pictures,)."""
        found = await self.client.score(pictures, prompts, raters=self.rater, study=self.study, k=k, progress=progress)
        return found.of_one()
