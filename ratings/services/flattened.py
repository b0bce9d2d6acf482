"""Say which files are stored with a loss: one frame of an animation, transparent parts laid on white."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ratings.files.decoding import Flattening
from ratings.sentences import enumerated, staff_gettext, staff_ngettext

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
    on_white = [one.name for one in rows if one.flattening.is_on_white]
    remarks = (
        remark(
            [one.with_frame for one in animated],
            what=staff_ngettext("{count} animated file", "{count} animated files", len(animated)),
            done=staff_gettext("the first frame is used, or where that is blank the one with most contrast")
            if had_blanks
            else staff_gettext("the first frame is used"),
        ),
        remark(
            on_white,
            what=staff_ngettext("{count} file with transparency", "{count} files with transparency", len(on_white)),
            done=staff_gettext("laid on white"),
        ),
    )
    return [one for one in remarks if one]


def remark(names: Sequence[str], *, what: str, done: str) -> str:
    """Say in one line how many files it is about, what was done, and which they are; nothing of none."""
    if not names:
        return ""
    listed: str = ", ".join(names[:SHOWN])
    if len(names) > SHOWN:
        listed = staff_gettext("{names} and {more} more").format(names=listed, more=len(names) - SHOWN)
    return enumerated([what.format(count=len(names)), done, listed], between=": ")
