"""Pass over what a dump from before says of people who have withdrawn since."""

from collections.abc import Collection

from ratings.selectors.withdrawn import digest_of, withdrawn_digests
from ratings.sentences import staff_gettext
from ratings.services.datasets.rows import LeftOut, RatingRow, Rows


def without_withdrawn(rows: Rows) -> Rows:
    """Leave out, and count, the rows of those who withdrew; other sets know nobody by such names."""
    gone = withdrawn_digests()  # now: while rows are copied in, the connection answers nothing else
    return left_out(rows, gone=gone) if gone else rows


def left_out(rows: Rows, *, gone: Collection[str]) -> Rows:
    """Put a note of it in the place of each row of theirs."""
    for row in rows:
        if isinstance(row, RatingRow) and digest_of(row.rater) in gone:
            what = staff_gettext("ratings of people who have withdrawn, which are not read back")
            yield LeftOut(what=what, name=staff_gettext("line {line}").format(line=row.line))
        else:
            yield row
