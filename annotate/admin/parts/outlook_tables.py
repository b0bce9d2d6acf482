"""What more ratings are expected to bring and to cost, as a table."""

from django.utils.translation import gettext, gettext_lazy

from annotate.admin.parts.base import whole
from annotate.admin.parts.signs import DASH
from annotate.admin.parts.tables import FigureTable
from scoring.metrics import MeasuredFigure
from scoring.selectors.outlooks import PricedGain, PricedOutlook
from scoring.verdicts import is_few, shown

COLUMNS = (gettext_lazy("Further ratings"), gettext_lazy("SROCC rises by"), gettext_lazy("Pay"))
OF_STUDY = gettext_lazy(
    "{version} learned from {ratings} ratings; its SROCC is {now} on {test} ratings of the test slice by {raters} "
    "raters{few}. What more ratings of the same raters bring is reckoned from models of a quarter, a half and all of "
    "them; the 95 % interval holds chance among raters and the unknown shape of the curve."
)
OF_RATER = gettext_lazy(
    "Reckoned by {version} from {ratings} ratings of this rater, on pictures not rated yet: SROCC {now} is expected "
    "now. The 95 % intervals are those of raters as the model can imagine this one; nobody has measured it."
)


def study_outlook_table(found: PricedOutlook) -> FigureTable[str]:
    """List what more ratings bring to a study."""
    test, raters = found.test_ratings or 0, found.raters or 0
    note = OF_STUDY.format(
        version=found.version,
        ratings=whole(found.ratings),
        now=shown(found.now or MeasuredFigure()),
        test=whole(test),
        raters=whole(raters),
        few=gettext(" (few cases)") if is_few(ratings=test, raters=raters) else "",
    )
    return outlook_table(found, note=f"{note}{checked(found)}")


def checked(found: PricedOutlook) -> str:
    """Say how good the same reckoning was for the half of the ratings that is there already."""
    if found.expected_before is None or found.brought_before is None:
        return ""
    expected, brought = shown(found.expected_before, signed=True), shown(found.brought_before, signed=True)
    sentence = gettext(
        "Put to the test: half of the ratings expected {expected} of the other half, which brought {brought}."
    )
    return f" {sentence.format(expected=expected, brought=brought)}"


def rater_outlook_table(found: PricedOutlook) -> FigureTable[str]:
    """List what more ratings of one rater bring."""
    note = OF_RATER.format(
        version=found.version, ratings=whole(found.ratings), now=shown(found.now or MeasuredFigure())
    )
    return outlook_table(found, note=note)


def outlook_table(found: PricedOutlook, *, note: str) -> FigureTable[str]:
    """List what so many more ratings bring and cost."""
    return FigureTable(
        title=gettext("What more ratings bring"),
        note=note,
        columns=COLUMNS,
        rows=[(f"+{whole(one.more)}", gain_cells(one, currency=found.currency)) for one in found.gains],
    )


def gain_cells(one: PricedGain, *, currency: str) -> list[str]:
    """Write what some more ratings bring and cost."""
    return [shown(one.srocc, signed=True), DASH if one.cost is None else f"{one.cost:,.2f} {currency}".rstrip()]
