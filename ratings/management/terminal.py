"""What commands have in common: finding the study that is named, showing progress, listing what was refused."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from django.core.management.base import CommandError, OutputWrapper
from tqdm import tqdm

from ratings.models import Study
from ratings.services.entries import DetailReport
from ratings.services.jobs.progress import Progress

SHOWN = 50
HOW_TO_REPLACE = "--replace-details takes over what the list says"


def named_study(*, slug: str) -> Study:
    """Find the study, or say which there are."""
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        known = ", ".join(Study.objects.values_list("slug", flat=True)) or "none yet; make one with create_study"
        raise CommandError(f"There is no study {slug!r}. Studies: {known}.", returncode=2)
    return study


@contextmanager
def progress_bar(*, label: str = "") -> Iterator[Progress]:
    """Show on a terminal how far the work is."""
    with tqdm(total=1.0, bar_format="{desc} {bar} {percentage:3.0f} %", disable=not sys.stderr.isatty()) as bar:

        def show(stage: str, share: float) -> None:
            bar.set_description_str(f"{label} {stage}".strip())
            bar.update(share - bar.n)

        yield show


def list_refused(*, refused: Sequence[object], out: OutputWrapper) -> None:
    """Write what was refused and why, and of a long list how many more there are."""
    for one in refused[:SHOWN]:
        out.write(f"rejected {one}")
    if len(refused) > SHOWN:
        out.write(f"… and {len(refused) - SHOWN} more")


def list_unmatched(*, unmatched: Sequence[object], out: OutputWrapper) -> None:
    """Write what found no partner when files were joined, a line for each kind."""
    for kind in unmatched:
        out.write(str(kind))


def list_differences(*, details: DetailReport, out: OutputWrapper) -> None:
    """Write how many entries differ from a list, and of the first in what."""
    summary = details.summary(fix=HOW_TO_REPLACE)
    if summary:
        out.write(f"{summary}:")
        for name, differences in details.lines:
            out.write(f"  {name}: {differences}")
        missing = details.differing + details.replaced - len(details.lines)
        if missing > 0:
            out.write(f"  … and {missing} more")


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, so that the processes it has started end with it."""

    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        raise SystemExit(128 + number)

    former = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)
