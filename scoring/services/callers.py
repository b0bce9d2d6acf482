"""Who asks for scores, by the token that they send: a program, a member of staff, or a rater."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as staff_gettext_lazy

from ratings.models import ApiToken, Study
from ratings.selectors.participations import rater_by_token
from ratings.selectors.study_access import has_everywhere, studies_of
from ratings.sentences import staff_gettext
from ratings.services.api_tokens import use_token
from scoring.exceptions import ScoringForbiddenError, UnknownTokenError

PERMISSION = "scoring.view_modelversion"
NO_TOKEN = staff_gettext_lazy("Send a token: Authorization: Bearer TOKEN.")
WRONG_TOKEN = staff_gettext_lazy("This token is not valid (any more).")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whose scores somebody may ask for: in some studies or in all, for everybody or for one rater alone."""

    study_ids: frozenset[int] | None = None
    rater_id: UUID | None = None

    @property
    def is_authenticated(self) -> bool:
        """Answer what frameworks ask of the sender of a request: a caller is known."""
        return True

    @property
    def studies(self) -> QuerySet[Study]:
        """Give the studies that the caller may ask about."""
        rows = Study.objects.all()
        if self.study_ids is not None:
            rows = rows.filter(pk__in=self.study_ids)
        return rows if self.rater_id is None else rows.filter(participations__rater=self.rater_id)


def identify_caller(*, token: str) -> Caller:
    """Find whose a token is, and note that it was used; say so where it is nobody, or may not score."""
    if not token:
        raise UnknownTokenError(str(NO_TOKEN))
    rater = rater_by_token(token=token)
    return identify_staff(token) if rater is None else Caller(rater_id=rater.pk)


def identify_staff(key: str) -> Caller:
    """Give what the token of a member of staff opens: their studies, or one of these where it is for that alone."""
    token = use_token(key=key)
    if token is None:
        raise UnknownTokenError(str(WRONG_TOKEN))
    if not token.user.is_staff:
        raise UnknownTokenError(staff_gettext("This token is not a member of staff's."))
    if not token.user.has_perm(PERMISSION):
        raise ScoringForbiddenError(
            staff_gettext("This call needs the token of a member of staff who may view model versions.")
        )
    return Caller(study_ids=opened_studies(token))


def opened_studies(token: ApiToken) -> frozenset[int] | None:
    """Name the studies whose models a token opens; nothing where it opens all."""
    if token.study_id is None and has_everywhere(person=token.user, right=PERMISSION):
        return None
    keys = frozenset(studies_of(person=token.user, right=PERMISSION).values_list("pk", flat=True))
    return keys if token.study_id is None else keys & {token.study_id}
