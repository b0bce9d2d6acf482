"""Invitations by link: nobody invites to more than they may do, a link works once, and says why when it does not."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.throttling import SimpleRateThrottle

from ratings.choices import StudyRole
from ratings.exceptions import InvalidInputError, InvitationError, RightsError
from ratings.models import AuditEntry, Invitation, Study, StudyMember, TaskFailure
from ratings.services.invitations import accept_invitation, make_invitation, may_invite
from ratings.services.permissions import ADMIN, RATER_MANAGER, RESEARCHER
from ratings.tests.factories import make_staff, make_study

pytestmark = pytest.mark.django_db

PASSWORD = "harbour-4711-rain"


def signed_in(person: User) -> Client:
    """Sign somebody in."""
    client = Client()
    client.force_login(person)
    return client


def make_member(study: Study) -> User:
    """Make a researcher of one study."""
    make_staff("somebody", group=RESEARCHER)  # so that the groups of the roles exist
    person = make_staff("mia")
    StudyMember.objects.create(user=person, study=study, role=StudyRole.RESEARCHER)
    return person


def form_of(*, role: str, studies: list[Study], **changes: Any) -> dict[str, Any]:
    """Fill in the form of an invitation."""
    later = timezone.now() + timedelta(days=2)
    moment = {"expires_at_0": f"{later:%Y-%m-%d}", "expires_at_1": f"{later:%H:%M:%S}"}
    where = "some" if studies else "all"
    keys = [study.pk for study in studies]
    return {"role": role, "where": where, "studies": keys, "email": "", **moment, **changes}


def invite(person: User, **wanted: Any) -> str:
    """Make an invitation in the admin; give its link, or nothing where the form refuses."""
    page = signed_in(person).post(reverse("admin:ratings_invitation_add"), form_of(**wanted)).content.decode()
    found = re.search(r'value="(http[^"]+/invitations/[^"]+)"', page)
    return found[1].replace("http://testserver", "") if found else ""


def accept(link: str, *, name: str = "nora", password: str = PASSWORD) -> Any:
    """Answer an invitation with a name and a password."""
    return Client().post(link, {"username": name, "password1": password, "password2": password})


def test_an_invited_researcher_sets_name_and_password_and_is_signed_in_with_the_own_study_alone() -> None:
    study, _ = make_study(slug="harbour"), make_study(slug="quay")
    link = invite(make_member(study), role="researcher", studies=[study])
    assert "as researcher to Harbour" in Client().get(link).content.decode()
    client = Client()
    answer = client.post(link, {"username": "nora", "password1": PASSWORD, "password2": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))
    shown = client.get(reverse("admin:ratings_study_changelist")).context["cl"].result_list
    assert [row.slug for row in shown] == ["harbour"]
    person = User.objects.get(username="nora")
    assert person.check_password(PASSWORD)
    assert (person.is_superuser, person.groups.count()) == (False, 0)
    member = StudyMember.objects.get(user=person)
    assert (member.role, member.invited_by) == ("researcher", User.objects.get(username="mia"))
    acts = AuditEntry.objects.filter(target=f"invitation {Invitation.objects.get().pk}").order_by("pk")
    assert [entry.action for entry in acts] == ["invite", "accept-invitation"]


def test_an_invited_admin_has_the_role_in_all_studies() -> None:
    link = invite(make_staff("ada", group=ADMIN), role="admin", studies=[])
    assert accept(link).status_code == 302
    assert User.objects.get(username="nora").groups.get().name == ADMIN


def test_all_studies_or_some_is_chosen_and_never_guessed_from_an_empty_list() -> None:
    study, page = make_study(), reverse("admin:ratings_invitation_add")
    ada = signed_in(make_staff("ada", group=ADMIN))
    for studies, where, sentence in (
        ([], "", "Choose where the role holds: in all studies, or in some that you name."),
        ([study], "", "Choose where the role holds: in all studies, or in some that you name."),
        ([], "some", "Choose at least one study."),
        ([study], "all", "The role is to hold in all studies: take these out, or choose these only."),
    ):
        answer = ada.post(page, form_of(role="researcher", studies=studies, where=where)).content.decode()
        assert sentence in answer, (studies, where)
    assert not Invitation.objects.exists()
    with pytest.raises(InvalidInputError, match="Choose at least one study, or all studies"):
        make_invitation(role=RESEARCHER, studies=[], actor=User.objects.get(username="ada"))


def test_the_key_is_stored_as_a_digest_only() -> None:
    study = make_study()
    link = invite(make_member(study), role="researcher", studies=[study])
    key = link.strip("/").split("/")[-1]
    (stored,) = Invitation.objects.values()
    assert key not in str(stored)
    assert len(stored["digest"]) == 64


def test_nobody_invites_to_more_than_they_may_do_themselves() -> None:
    own, other = make_study(slug="own"), make_study(slug="other")
    mia, keys = make_member(own), frozenset({own.pk})
    rob, ray = User.objects.get(username="somebody"), make_staff("ray", group=RATER_MANAGER)
    both = keys | {other.pk}
    assert may_invite(actor=mia, role=RESEARCHER, studies=keys)
    assert may_invite(actor=rob, role=RESEARCHER, studies=both)
    for actor, role, studies in (
        (mia, RESEARCHER, both),  # not her study
        (mia, RATER_MANAGER, keys),  # who withdraws raters, which she may not
        (mia, RESEARCHER, frozenset[int]()),  # all studies
        (mia, ADMIN, keys),
        (rob, RESEARCHER, frozenset[int]()),  # he manages no people
        (ray, RATER_MANAGER, keys),  # who does not invite
    ):
        assert not may_invite(actor=actor, role=role, studies=studies), (actor, role, studies)
    with pytest.raises(RightsError):
        make_invitation(role=RESEARCHER, studies=[other], actor=mia)
    assert invite(mia, role="researcher", studies=[]) == ""
    assert not Invitation.objects.exists()


def test_a_used_an_expired_a_withdrawn_and_an_unknown_invitation_say_so() -> None:
    study = make_study()
    mia = make_member(study)
    used, expired, withdrawn = (invite(mia, role="researcher", studies=[study]) for _ in range(3))
    assert accept(used).status_code == 302
    newest = Invitation.objects.order_by("pk")
    Invitation.objects.filter(pk=newest[1].pk).update(expires_at=timezone.now())
    url = reverse("admin:ratings_invitation_withdraw", args=[newest[2].pk])
    signed_in(mia).post(url, {"_form_submitted": "True"})
    for link, sentence in (
        (used, "was used already"),
        (expired, "has expired"),
        (withdrawn, "was withdrawn"),
        ("/admin/invitations/none/", "no such invitation"),
    ):
        for answer in (Client().get(link), accept(link, name="olga")):
            assert answer.status_code == 404
            assert sentence in answer.content.decode(), link
    assert not User.objects.filter(username="olga").exists()


def test_an_invitation_ends_with_the_rights_of_who_made_it() -> None:
    study = make_study()
    mia = make_member(study)
    link = invite(mia, role="researcher", studies=[study])
    StudyMember.objects.filter(user=mia).delete()
    assert accept(link).status_code == 404
    mia.delete()
    assert accept(link).status_code == 404


def test_an_invitation_to_a_study_that_is_gone_opens_nothing_and_never_all_studies() -> None:
    study = make_study(state="draft")
    ada = make_staff("ada", group=ADMIN)
    link = invite(ada, role="researcher", studies=[study])
    study.delete()
    assert accept(link).status_code == 404


def test_a_weak_password_and_a_name_that_is_taken_are_refused_and_the_invitation_stays() -> None:
    study = make_study()
    link = invite(make_member(study), role="researcher", studies=[study])
    assert accept(link, password="12345678").status_code == 200
    assert accept(link, name="mia").status_code == 200
    assert Invitation.objects.get().used_at is None
    assert accept(link).status_code == 302


def test_of_two_who_have_one_link_the_second_is_refused() -> None:
    study = make_study()
    _, key = make_invitation(role=RESEARCHER, studies=[study], actor=make_member(study))
    accept_invitation(key=key, name="nora", password=PASSWORD)
    with pytest.raises(InvitationError, match="used already"):
        accept_invitation(key=key, name="olga", password=PASSWORD)


def test_a_member_sees_the_own_invitations_only() -> None:
    study = make_study()
    mia = make_member(study)
    invite(make_staff("ada", group=ADMIN), role="researcher", studies=[study])
    invite(mia, role="researcher", studies=[study])
    shown = signed_in(mia).get(reverse("admin:ratings_invitation_changelist")).context["cl"].result_list
    assert [row.invited_by for row in shown] == [mia]
    page = signed_in(mia).get(reverse("admin:ratings_invitation_change", args=[shown[0].pk]))
    assert page.status_code == 200
    assert "Withdraw" in page.content.decode()


def test_the_link_is_sent_where_mail_is_set_and_only_there(django_capture_on_commit_callbacks: Any) -> None:
    study = make_study(slug="harbour")
    mia = make_member(study)
    for sends, count in ((False, 0), (True, 1)):
        with override_settings(SENDS_MAIL=sends), django_capture_on_commit_callbacks(execute=True):
            link = invite(mia, role="researcher", studies=[study], email="nora@example.org")
        assert len(mail.outbox) == count
    (message,) = mail.outbox
    assert message.to == ["nora@example.org"]
    assert f"http://testserver{link}" in message.body
    assert "mia invites you" in message.body


@override_settings(
    SENDS_MAIL=True, EMAIL_BACKEND="django.core.mail.backends.smtp.EmailBackend", EMAIL_HOST="localhost", EMAIL_PORT=1
)
def test_a_mail_that_cannot_be_sent_is_named_on_the_first_page(django_capture_on_commit_callbacks: Any) -> None:
    study = make_study()
    with django_capture_on_commit_callbacks(execute=True):
        assert invite(make_member(study), role="researcher", studies=[study], email="nora@example.org")
    assert TaskFailure.objects.get().task == "mail of an invitation"


def test_trying_links_is_limited_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"login": "2/hour"})
    statuses = [Client().get("/admin/invitations/none/").status_code for _ in range(3)]
    cache.clear()
    assert statuses == [404, 404, 429]


def test_an_invitation_is_never_both_used_and_withdrawn() -> None:
    study, now = make_study(), timezone.now()
    invitation, _ = make_invitation(role=RESEARCHER, studies=[study], actor=make_member(study))
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(used_at=now, withdrawn_at=now)


def test_the_form_asks_the_database_as_often_for_many_studies_as_for_one() -> None:
    person, page = make_staff("rita", group="researcher"), reverse("admin:ratings_invitation_add")
    client = signed_in(person)

    def number() -> int:
        make_study()
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page).status_code == 200
        return len(asked)

    first = number()
    assert (number(), number()) == (first, first)
    assert first <= 20
