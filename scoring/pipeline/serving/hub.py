"""Send a dump or a model release to a repository of the Hugging Face Hub, in place of what it held."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from httpx2 import HTTPError
from huggingface_hub.errors import HfHubHTTPError

from ratings.sentences import staff_gettext
from ratings.services.dumps.card import MANIFEST
from ratings.services.jobs.lifecycle import settle_job
from ratings.services.jobs.work import JobReport
from ratings.stores.folders import dump_store
from scoring.exceptions import HubError
from scoring.ml.release import CARD
from scoring.models import HubPush
from scoring.pipeline.serving.release import export_release

if TYPE_CHECKING:
    from huggingface_hub import HfApi

MADE_BY_THE_HUB = frozenset({".gitattributes", "README.md"})
REFUSED = (401, 403)


def push(job: HubPush, report: JobReport) -> None:
    """Gather the files, and send them; sending the same files twice leaves the repository as it was.

    Raises `HubError` where the Hub refuses, or where the repository holds other things.
    """
    if not settings.HF_TOKEN:
        raise HubError(
            staff_gettext("HF_TOKEN is not set for the workers: give it a token that may write to the repository.")
        )
    with tempfile.TemporaryDirectory(prefix="hub-") as scratch:
        folder = Path(scratch) / "content"
        report(staff_gettext("gathering files"), 0.05)
        gather_files(job, folder)
        report(staff_gettext("sending"), 0.3)
        try:
            address = send_folder(job, folder)
        except (HTTPError, OSError, ValueError, RuntimeError) as error:
            raise HubError(reason_of(error, repository=job.repository)) from error
    settle_job(job=job, stage="", address=address)


def gather_files(job: HubPush, folder: Path) -> None:
    """Write what is sent into a folder on this machine."""
    if job.version is not None:
        export_release(version=job.version, out=folder)
        return
    folder.mkdir()
    dump_store().fetch(job.dump.folder if job.dump else "", target=folder)


def send_folder(job: HubPush, folder: Path) -> str:
    """Put the folder in the place of the files of a repository, made if need be; give the address of the commit."""
    from huggingface_hub import HfApi

    api = HfApi(endpoint=settings.HF_ENDPOINT, token=settings.HF_TOKEN)
    kind = job.repository_type
    api.create_repo(job.repository, repo_type=kind, private=not job.is_public, exist_ok=True)
    require_own_repository(api, job)
    commit = api.upload_folder(
        repo_id=job.repository,
        repo_type=kind,
        folder_path=folder,
        commit_message=f"{job.study.title}: {job.dump or job.version}",
        delete_patterns="*",
    )
    return str(commit.commit_url)


def require_own_repository(api: "HfApi", job: HubPush) -> None:
    """Raise where the repository holds other things, or is seen by others than was asked for."""
    info = api.repo_info(job.repository, repo_type=job.repository_type)
    if bool(info.private) == job.is_public:
        found, wanted = ("private", "public") if info.private else ("public", "private")
        raise HubError(
            staff_gettext(
                "{repository} is there already and is {found}, not {wanted}: change that on the Hub, or ask for it so."
            ).format(repository=job.repository, found=found, wanted=wanted)
        )
    names = set(api.list_repo_files(job.repository, repo_type=job.repository_type))
    mark = MANIFEST if job.dump_id else CARD
    if names - MADE_BY_THE_HUB and mark not in names:
        raise HubError(
            staff_gettext("{repository} holds other things: name a new repository, or an earlier push.").format(
                repository=job.repository
            )
        )


def reason_of(error: Exception, *, repository: str) -> str:
    """Say why the Hub took nothing, and what to do."""
    if isinstance(error, HfHubHTTPError):
        status = error.response.status_code
        if status in REFUSED:
            return f"The Hub lets this HF_TOKEN not write to {repository} ({status}): give it a token that may."
    first = str(error).strip().split("\n")[0] or type(error).__name__
    return f"The Hub did not take {repository}: {first}"
