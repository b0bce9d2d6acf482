"""What a role in one study opens, and what stays closed: figures, shared rows, tastes, scores, appointments."""

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ratings.choices import JobState, StudyRole, TokenScope
from ratings.exceptions import InvalidInputError, RightsError
from ratings.models import AuditEntry, Rater, Study, StudyMember
from ratings.selectors.study_access import studies_of
from ratings.services.audit import log_action
from ratings.services.permissions import ADMIN, RATER_MANAGER, RESEARCHER
from ratings.services.studies import change_study
from ratings.services.study_members import give_study_role, take_study_role
from ratings.tests.factories import (
    make_api_key,
    make_image,
    make_participation,
    make_rating,
    make_staff,
    make_study,
    make_study_image,
)
from scoring.models import TrainingRun
from scoring.services.callers import Caller, identify_caller

pytestmark = pytest.mark.django_db


def signed_in(person: User) -> Client:
    """Sign somebody in."""
    client = Client()
    client.force_login(person)
    return client


def make_member(*studies: Study, role: str = StudyRole.RESEARCHER) -> User:
    """Make somebody with a role in these studies alone."""
    person = make_staff("mia")
    make_staff("somebody", group=RESEARCHER)  # so that the groups of the roles exist
    for study in studies:
        StudyMember.objects.create(user=person, study=study, role=role)
    return person


@pytest.fixture
def admin() -> User:
    """Give somebody of the role admin."""
    return make_staff("ada", group=ADMIN)


def test_a_role_for_all_studies_still_sees_all_studies_and_no_role_sees_none() -> None:
    make_study(slug="harbour")
    make_study(slug="quay")
    assert studies_of(person=make_staff("rob", group=RESEARCHER)).count() == 2
    assert studies_of(person=make_staff("nobody")).count() == 0


def test_a_member_who_is_switched_off_sees_no_study() -> None:
    person = make_member(make_study())
    person.is_active = False
    assert not studies_of(person=person).exists()


def test_the_first_page_counts_and_warns_of_the_own_studies_only() -> None:
    own, other = make_study(slug="own"), make_study(slug="other")
    for study, count in ((own, 1), (other, 2)):
        participation = make_participation(study=study, last_seen_at=timezone.now())
        for _ in range(count):
            make_rating(participation=participation)
        TrainingRun.objects.create(study=study, reason="by hand", state=JobState.FAILED, error="Lost.")
    page = signed_in(make_member(own)).get(reverse("admin:index"))
    cards = {card.title: card.value for card in page.context["cards"]}
    assert (cards["Answers today"], cards["Active raters"], cards["Open studies"]) == ("1", "1", "1")
    assert [alert.text for alert in page.context["alerts"] if alert.level == "danger"] == ["Training Own failed: Lost."]


def test_figures_of_a_shared_picture_and_of_a_rater_of_two_studies_count_the_own_study_only() -> None:
    own, other = make_study(slug="own"), make_study(slug="other")
    image = make_image()
    rater = make_participation(study=own).rater
    participations = [rater.participations.get(), make_participation(study=other, rater=rater)]
    for participation, value in zip(participations, (5.0, 1.0), strict=True):
        entry = make_study_image(study=participation.study, image=image, name=f"of {participation.study.slug}.png")
        make_rating(participation=participation, study_image=entry, value=value)
    client = signed_in(make_member(own))
    (shown,) = client.get(reverse("admin:ratings_image_changelist")).context["cl"].result_list
    assert (shown.rating_count, shown.unit_mean) == (1, 1.0)
    (person,) = client.get(reverse("admin:ratings_rater_changelist")).context["cl"].result_list
    assert (person.study_count, person.rating_count) == (1, 1)
    own_part, other_part = participations
    about = reverse("admin:ratings_rater_change", args=[rater.pk])
    for asked in ("", f"?part={other_part.pk}"):
        shown_page = client.get(about + asked)
        assert shown_page.context["part"] == own_part
        assert "Other" not in [str(name) for name, _ in shown_page.context["parts"].rows]
    page = client.get(reverse("admin:ratings_image_change", args=[image.pk])).content.decode()
    assert "of own.png" in page
    assert "of other.png" not in page


def test_only_somebody_who_manages_all_studies_of_a_rater_withdraws_the_rater() -> None:
    own, other = make_study(slug="own"), make_study(slug="other")
    rater = make_participation(study=own).rater
    make_participation(study=other, rater=rater)
    person = make_member(own, role=StudyRole.RATER_MANAGER)
    url = reverse("admin:ratings_rater_withdraw", args=[rater.pk])
    signed_in(person).post(url, {"_form_submitted": "True"})
    assert Rater.objects.filter(pk=rater.pk).exists()
    StudyMember.objects.create(user=person, study=other, role=StudyRole.RATER_MANAGER)
    signed_in(person).post(url, {"_form_submitted": "True"})
    assert not Rater.objects.filter(pk=rater.pk).exists()


def test_a_member_cannot_have_tastes_taken_from_a_study_that_they_do_not_see() -> None:
    own, other, third = make_study(slug="own"), make_study(slug="other"), make_study(slug="third")
    person = make_member(own, third)
    with pytest.raises(InvalidInputError, match="no such study"):
        change_study(study=own, changes={"taste_from": other.pk}, actor=person)
    offered = signed_in(person).get(reverse("admin:ratings_study_change", args=[own.pk])).context["adminform"]
    assert {study.slug for study in offered.form.fields["taste_from"].queryset} == {"own", "third"}


def test_a_training_is_asked_for_only_where_the_own_role_allows_it() -> None:
    managed, researched = make_study(slug="managed"), make_study(slug="researched")
    person = make_member(researched)
    StudyMember.objects.create(user=person, study=managed, role=StudyRole.RATER_MANAGER)
    url = reverse("admin:scoring_trainingrun_retrain")
    for study in (managed, researched):
        signed_in(person).post(url, {"_form_submitted": "True", "study": study.pk})
    assert [run.study for run in TrainingRun.objects.all()] == [researched]


def test_the_audit_log_shows_a_member_the_own_acts_and_those_about_the_own_study() -> None:
    own, other = make_study(slug="own"), make_study(slug="own-too")
    person = make_member(own)
    for target in ("own", "own v3", "own-too", "own-too v1", "rob"):
        log_action(action="promote", target=target, actor=None)
    log_action(action="sign-in", target="mia", actor=person)
    shown = signed_in(person).get(reverse("admin:ratings_auditentry_changelist")).context["cl"].result_list
    assert {entry.target for entry in shown} == {"own", "own v3", "mia"}
    assert AuditEntry.objects.filter(target__startswith=other.slug).count() == 2


def test_a_token_asks_for_scores_of_its_persons_studies_only() -> None:
    own, other = make_study(slug="own"), make_study(slug="other")
    person = make_member(own)
    assert identify_caller(token=make_api_key(user=person)) == Caller(study_ids=frozenset({own.pk}))
    for study, opened in ((own, {own.pk}), (other, set())):
        key = make_api_key(user=person, scope=TokenScope.SCORE, study=study)
        assert identify_caller(token=key) == Caller(study_ids=frozenset(opened))
    rob = User.objects.get(username="somebody")
    assert identify_caller(token=make_api_key(user=rob)) == Caller()
    key = make_api_key(user=rob, scope=TokenScope.SCORE, study=other)
    assert identify_caller(token=key) == Caller(study_ids=frozenset({other.pk}))


def test_a_member_makes_a_token_for_scores_of_the_own_studies_only() -> None:
    own, other = make_study(slug="own"), make_study(slug="other")
    form = signed_in(make_member(own)).get(reverse("admin:ratings_apitoken_add")).context["adminform"].form
    assert list(form.fields["study"].queryset) == [own]
    assert other not in form.fields["study"].queryset


def test_a_member_chooses_among_the_imported_sets_of_the_own_studies(client: Client) -> None:
    own = make_study(slug="own")
    own.datasets.create(name="of-own", scale_min=1, scale_max=5)
    make_study(slug="other").datasets.create(name="of-other", scale_min=1, scale_max=5)
    asked = {"app_label": "ratings", "model_name": "study", "field_name": "datasets", "term": "of"}
    found = signed_in(make_member(own)).get(reverse("admin:autocomplete"), asked).json()["results"]
    assert [one["text"] for one in found] == ["of-own"]


def test_an_admin_gives_and_takes_a_role_in_one_study_which_opens_and_closes_the_admin(admin: User) -> None:
    study, person = make_study(slug="harbour"), User.objects.create_user("mia")
    client, wanted = signed_in(admin), {"user": person.pk, "study": study.pk, "role": "researcher"}
    assert client.post(reverse("admin:ratings_studymember_add"), wanted).status_code == 302
    person.refresh_from_db()
    member = StudyMember.objects.get()
    assert (person.is_staff, member.role, member.invited_by) == (True, "researcher", admin)
    page = reverse("admin:ratings_studymember_change", args=[member.pk])
    assert client.post(page, {"role": "rater manager"}).status_code == 302
    assert (
        client.post(reverse("admin:ratings_studymember_delete", args=[member.pk]), {"post": "yes"}).status_code == 302
    )
    person.refresh_from_db()
    assert (person.is_staff, StudyMember.objects.count()) == (False, 0)
    entries = AuditEntry.objects.filter(action="assign-study-role", target="harbour").order_by("pk")
    assert [entry.detail["role"] for entry in entries] == [
        ["", "researcher"],
        ["researcher", "rater manager"],
        ["rater manager", ""],
    ]


def test_nobody_else_gives_roles_in_studies_and_nobody_touches_a_superuser(admin: User) -> None:
    study, root = make_study(), User.objects.create_superuser("root")
    person = User.objects.create_user("tom")
    for actor in (make_member(study), make_staff("rob", group=RESEARCHER), make_staff("ray", group=RATER_MANAGER)):
        with pytest.raises(RightsError):
            give_study_role(person=person, study=study, role=StudyRole.RATER_MANAGER, actor=actor)
        with pytest.raises(RightsError):
            take_study_role(member=StudyMember(user=person, study=study, role=StudyRole.RESEARCHER), actor=actor)
    with pytest.raises(RightsError):
        give_study_role(person=root, study=study, role=StudyRole.RATER_MANAGER, actor=admin)


def test_somebody_with_rights_over_accounts_alone_does_not_manage_a_member(client: Client) -> None:
    member, clerk = make_member(make_study()), make_staff("clerk")
    desk = Group.objects.create(name="desk")
    desk.permissions.set(Group.objects.get(name=ADMIN).permissions.filter(content_type__app_label="auth"))
    clerk.groups.add(desk)
    url = reverse("admin:auth_user_password_change", args=[member.pk])
    assert signed_in(clerk).get(url).status_code == 403


def test_a_person_has_one_of_the_known_roles_in_a_study_once() -> None:
    study, person = make_study(), User.objects.create_user("mia")
    StudyMember.objects.create(user=person, study=study, role=StudyRole.RESEARCHER)
    for role in (StudyRole.RATER_MANAGER, "admin"):
        other = person if role != "admin" else User.objects.create_user("tom")
        with pytest.raises(IntegrityError), transaction.atomic():
            StudyMember.objects.create(user=other, study=study, role=role)
