"""Say which files are stored with a loss: one frame of an animation, transparent parts laid on white."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ratings.files.decoding import Flattening

SHOWN = 10


@dataclass(frozen=True, kw_only=True)
class Flattened:
    """A file, and what was left behind of it, if anything."""

    name: str
    flattening: Flattening

    @property
    def with_frame(self) -> str:
        """Give the name, and which frame was kept where it is not the first."""
        kept = self.flattening
        return f"{self.name} (frame {kept.frame + 1} of {kept.frames})" if kept.frame else self.name


def flattening_remarks(files: Iterable[Flattened]) -> list[str]:
    """Count the files that were flattened, and name the first ten of each kind."""
    rows = sorted(files, key=lambda one: one.name)
    animated = [one for one in rows if one.flattening.is_animated]
    had_blanks = any(one.flattening.frame for one in animated)
    used = "the first frame is used" + (", or where that is blank the one with most contrast" if had_blanks else "")
    remarks = (
        remark([one.with_frame for one in animated], one="animated file", many="animated files", done=used),
        remark(
            [one.name for one in rows if one.flattening.is_on_white],
            one="file with transparency",
            many="files with transparency",
            done="laid on white",
        ),
    )
    return [one for one in remarks if one]


def remark(names: Sequence[str], *, one: str, many: str, done: str) -> str:
    """Say in one line how many files it is about, what was done, and which they are; nothing of none."""
    if not names:
        return ""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{len(names)} {one if len(names) == 1 else many}: {done}: {', '.join(names[:SHOWN])}{more}"
