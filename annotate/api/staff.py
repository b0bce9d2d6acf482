"""What the calls of staff's scripts share: the token, the right that each method needs, and long lists in pages."""

from collections.abc import Mapping
from typing import ClassVar, cast

from django.contrib.auth.models import User
from django.utils.translation import gettext as staff_gettext
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from annotate.api.authentication import StaffTokenAuthentication
from annotate.flows.access import studies_of, take_at_hand
from ratings.selectors.studies import access_any_study


class HasRight(BasePermission):
    """Members of staff with the right that the called method needs: the same one that the admin asks for."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Let the right through, and name it where it is missing."""
        right = cast("StaffView", view).rights.get(request.method or "")
        self.message = staff_gettext("This call needs the token of a member of staff with the right {right}.").format(
            right=right
        )
        who: object = request.user
        if right is None or not isinstance(who, User) or not who.has_perm(right):
            return False
        self.take_study_at_hand(who, view)
        return who.has_perm(right)

    def take_study_at_hand(self, person: User, view: APIView) -> None:
        """Let the person's roles count in the study that the call names; one that they do not see is as good as absent.

        Raises `NotFoundError`.
        """
        slug = view.kwargs.get("slug")
        if slug is not None:
            study = access_any_study(slug=slug, among=studies_of(person=person))
            take_at_hand(person=person, studies=frozenset({study.pk}))


class StaffView(APIView):
    """A call for scripts, with the rights that its methods need."""

    authentication_classes = [StaffTokenAuthentication]
    permission_classes = [HasRight]
    rights: ClassVar[Mapping[str, str]]


def staff_of(request: Request) -> User:
    """Give the member of staff that the permission has let through."""
    return cast("User", request.user)


class ListPages(CursorPagination):
    """Pages of a list of any length, each as fast as the first; `next` is the address of the one after."""

    page_size = 100
    max_page_size = 1000
    page_size_query_param = "page_size"
    ordering = "pk"
