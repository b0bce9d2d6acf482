"""What raters' time costs: hours and pay of so many answers."""

from dataclasses import dataclass

from ratings.choices import PayBasis

USUAL_SECONDS = 6.0  # of an answer, where nothing is known
START_MINUTES = 2.0  # of each rater, for consent and questions


@dataclass(frozen=True, kw_only=True)
class StudyPace:
    """How long answers take, and what they are paid."""

    seconds: float  # of one answer
    practice: int  # answers before the first that counts
    amount: float | None  # of pay; none where the study states none
    basis: str

    def hours(self, *, raters: float, per_rater: float) -> float:
        """Give the hours that so many raters spend."""
        return raters * (START_MINUTES / 60 + (per_rater + self.practice) * self.seconds / 3600)

    def cost(self, *, raters: float, hours: float) -> float | None:
        """Give what they are paid: each one in total, or all by the hour."""
        if self.amount is None:
            return None
        return self.amount * (hours if self.basis == PayBasis.HOUR else raters)

    def cost_of(self, *, answers: int, quota: int) -> float | None:
        """Give what so many more answers cost: by the time that they take, or by the share of a rater's quota."""
        if self.amount is None:
            return None
        share = answers * self.seconds / 3600 if self.basis == PayBasis.HOUR else answers / quota
        return round(self.amount * share, 2)
