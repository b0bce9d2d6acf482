"""The people of a study for scripts: their roles there, and invitations to it."""

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows.access import give_study_role, take_study_role, visible_rows
from annotate.flows.invitations import Offer, invite, withdraw_invitation
from annotate.flows.people import people_to_manage
from ratings.choices import StudyRole
from ratings.exceptions import NotFoundError
from ratings.models import Invitation, StudyMember
from ratings.selectors.studies import access_any_study


class MemberSerializer(serializers.ModelSerializer[StudyMember]):
    """Somebody who works in a study, and as what."""

    person = serializers.CharField(source="user.username")
    invited_by = serializers.CharField(source="invited_by.username", default=None, allow_null=True)

    class Meta:
        """What is said of them."""

        model = StudyMember
        fields = ("person", "role", "invited_by", "created_at")


class RoleSerializer(StrictSerializer):
    """A role in a study."""

    role = serializers.ChoiceField(choices=StudyRole.choices)


class MembersView(StaffView):
    """Those who work in a study by a role there; those with a role in all studies are not among them."""

    rights = {"GET": "ratings.view_studymember"}

    @extend_schema(operation_id="members", responses={200: MemberSerializer(many=True), **ERRORS})
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """List who works in a study."""
        rows = StudyMember.objects.filter(study=access_any_study(slug=slug)).select_related("user", "invited_by")
        return Response(MemberSerializer(rows.order_by("user__username"), many=True).data)


class MemberView(StaffView):
    """One person's role in a study."""

    rights = {"PUT": "ratings.add_studymember", "DELETE": "ratings.delete_studymember"}

    @extend_schema(operation_id="give_role", request=RoleSerializer, responses={200: MemberSerializer, **ERRORS})
    def put(self, request: Request, slug: str, person: str) -> Response:
        """Give somebody who has an account here a role in a study, in the place of the one they have there."""
        study, actor = access_any_study(slug=slug), staff_of(request)
        form = RoleSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        found = access_person(name=person, actor=actor)
        member = give_study_role(person=found, study=study, role=form.validated_data["role"], actor=actor)
        return Response(MemberSerializer(member).data)

    @extend_schema(operation_id="take_role", responses={204: None, **ERRORS})
    def delete(self, request: Request, slug: str, person: str) -> Response:
        """End somebody's work in a study."""
        study, actor = access_any_study(slug=slug), staff_of(request)
        member = StudyMember.objects.filter(study=study, user=access_person(name=person, actor=actor)).first()
        if member is None:
            raise NotFoundError(
                staff_gettext("{person} has no role of their own in {slug}.").format(person=person, slug=study.slug)
            )
        take_study_role(member=member, actor=actor)
        return Response(status=status.HTTP_204_NO_CONTENT)


def access_person(*, name: str, actor: User) -> User:
    """Give somebody whom one may manage; raises `NotFoundError`."""
    person = people_to_manage(actor=actor).filter(username=name).first()
    if person is None:
        raise NotFoundError(
            staff_gettext("There is nobody called {name} here, or they have rights that you do not have.").format(
                name=f"{name!r}"
            )
        )
    return person


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation, and what became of it."""

    invited_by = serializers.CharField(source="invited_by.username", default=None, allow_null=True)
    used_by = serializers.CharField(source="used_by.username", default=None, allow_null=True)

    class Meta:
        """What is said of it."""

        model = Invitation
        fields = ("id", "role", "email", "invited_by", "created_at", "expires_at", "used_by", "used_at", "withdrawn_at")


class NewInvitationSerializer(InvitationSerializer):
    """An invitation that was just made, with its link."""

    link = serializers.CharField(help_text="Opens the account once. Only the nonce brings it again.")

    class Meta(InvitationSerializer.Meta):
        """What is said of it."""

        fields = (*InvitationSerializer.Meta.fields, "link")  # type: ignore[assignment]


class InvitationRequestSerializer(StrictSerializer):
    """Whom one invites: to no more than one may do oneself."""

    nonce = serializers.UUIDField(help_text="Made by you: with the same one again you get the same invitation.")
    role = serializers.ChoiceField(choices=StudyRole.choices)
    email = serializers.EmailField(default="", allow_blank=True, help_text="Where the link is sent, if mail is set.")
    expires_at = serializers.DateTimeField(default=None, allow_null=True, help_text="In a week unless given.")

    def validate_expires_at(self, value: object) -> object:
        """Refuse a moment that has passed."""
        if value is not None and value <= timezone.now():  # type: ignore[operator]
            raise serializers.ValidationError(staff_gettext("This moment has passed: choose a later one."))
        return value


class InvitationsView(StaffView):
    """Invitations to a study: one's own, and for those who see all studies everybody's."""

    rights = {"GET": "ratings.view_invitation", "POST": "ratings.add_invitation"}

    @extend_schema(operation_id="invitations", responses={200: InvitationSerializer(many=True), **ERRORS})
    def get(self, request: Request, slug: str) -> Response:
        """List the invitations, the newest first."""
        rows = Invitation.objects.filter(studies=access_any_study(slug=slug)).select_related("invited_by", "used_by")
        return Response(InvitationSerializer(visible_rows(rows, person=staff_of(request)), many=True).data)

    @extend_schema(
        operation_id="invite",
        request=InvitationRequestSerializer,
        responses={201: NewInvitationSerializer, **ERRORS},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Invite somebody to work in a study; the answer has the link, and mail brings it where that is set."""
        form = InvitationRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        made, link = invite(
            offer=Offer(studies=[access_any_study(slug=slug)], **form.validated_data),
            actor=staff_of(request),
            link_of=lambda key: request.build_absolute_uri(reverse("invitation", args=[key])),
        )
        body = {**InvitationSerializer(made).data, "link": link}
        return Response(body, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class InvitationView(StaffView):
    """One invitation."""

    rights = {"DELETE": "ratings.change_invitation"}

    @extend_schema(operation_id="withdraw_invitation", responses={204: None, **ERRORS})
    def delete(self, request: Request, slug: str, number: int) -> Response:
        """Let the link open nothing any more; an invitation that was used stays."""
        study, person = access_any_study(slug=slug), staff_of(request)
        found = visible_rows(Invitation.objects.filter(studies=study, pk=number), person=person).first()
        if found is None:
            raise NotFoundError(
                staff_gettext("{slug} has no invitation {number} of yours.").format(slug=study.slug, number=number)
            )
        withdraw_invitation(invitation=found, actor=person)
        return Response(status=status.HTTP_204_NO_CONTENT)
