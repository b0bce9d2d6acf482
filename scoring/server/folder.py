"""Serve a released folder: one model, what everybody likes, and tastes that lie as files in another folder."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scoring.checkpoint_files import CheckpointError, describe_files, digest_of
from scoring.ml.release import load_reference, posterior_of, read_release_card
from scoring.ml.scores import Scale
from scoring.ml.storage.checkpoints import load_model
from scoring.ml.taste.posterior import TastePosterior
from scoring.server.backend import Case, Judge, ScoredRater
from scoring.server.errors import RefusedError, invalid, unauthorised, unknown_images
from scoring.server.requests import EVERYBODY, ScoreRequest
from scoring.taste_file import TasteFileError, is_taste_file, read_taste, require_model

PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


class FolderError(ValueError):
    """A folder that is no release, and why."""


@dataclass(frozen=True, kw_only=True)
class FolderBackend:
    """A released model; who knows the token, or anybody where there is none, may ask for everything."""

    judge: Judge
    token: str = ""
    digest: str = ""  # of the model's files, which a taste file names
    tastes: Path | None = None  # the folder in which NAME.safetensors is the taste of the rater NAME

    @property
    def name(self) -> str:
        """Name what is served."""
        return f"{self.judge.study} {self.judge.version}"

    def caller(self, token: str) -> str:
        """Accept a caller who sends the token."""
        if not hmac.compare_digest(token.encode(), self.token.encode()) and self.token:
            raise unauthorised("This server needs its token: Authorization: Bearer TOKEN.")
        return token

    def open(self, request: ScoreRequest, caller: str) -> Case:  # noqa: ARG002 - who is let in may ask for all
        """Give the model and the tastes of the raters; a folder knows no pictures."""
        if request.study and request.study != self.judge.study:
            raise invalid("study", f"this server has a model of {self.judge.study!r} only.")
        unknown = {f"images.{at}": one.name for at, one in enumerate(request.pictures) if one.is_reference}
        if unknown:
            raise unknown_images(unknown)
        raters = tuple(self.rater(name) for name in request.raters or (EVERYBODY,))
        return Case(judge=self.judge, raters=raters, pictures=request.pictures, k=request.k)

    def rater(self, name: str) -> ScoredRater:
        """Give the taste of a rater."""
        if name == EVERYBODY:
            return ScoredRater(name=name, taste=self.judge.model.prior())
        file = self.tastes / f"{name}.safetensors" if self.tastes and PLAIN_NAME.fullmatch(name) else None
        if file is None or not file.is_file():
            message = f"There is no taste of {name!r}: put it into the folder of tastes as NAME.safetensors."
            raise RefusedError(status=404, code="unknown_rater", message=message, fields={"rater": message})
        return ScoredRater(name=name, taste=self.opened(file.read_bytes()))

    def opened(self, content: bytes) -> TastePosterior:
        """Open a taste: a file that a rater took along, or the bare bytes that a release's `taste_of` gives."""
        if not is_taste_file(content):
            return TastePosterior.from_bytes(content)
        try:
            taste = read_taste(content)
            require_model(taste, digest=self.digest, name=self.name)
        except TasteFileError as error:
            raise RefusedError(
                status=409, code="other_taste", message=str(error), fields={"rater": str(error)}
            ) from error
        return posterior_of(taste)

    def encoder_keys(self) -> Sequence[str]:
        """Give the one encoder."""
        return [self.judge.model.encoder_key]


def open_folder(folder: Path, *, token: str = "", tastes: Path | None = None) -> FolderBackend:
    """Load a release; raise `FolderError` with a sentence."""
    try:
        card = read_release_card(folder)
        model = load_model(folder)
        digest = digest_of(describe_files(folder))
        scale = Scale(low=float(card["scale"]["min"]), high=float(card["scale"]["max"]))
        judge = Judge(
            model=model,
            version=str(card["version"]),
            scale=scale,
            study=str(card["study"]),
            reference=load_reference(folder),
        )
    except (OSError, ValueError, LookupError, TypeError, CheckpointError) as error:
        raise FolderError(f"{folder} is no released model: write one with export_model. ({error})") from error
    return FolderBackend(judge=judge, token=token, digest=digest, tastes=tastes)
