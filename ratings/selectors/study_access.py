"""Who may see which study and do what there: the one place that the pages of the admin and the API ask.

A person's groups give rights in every study. A role in one study (`StudyMember`) gives the rights of the group of that
name in that study alone. What belongs to no study, and what no rule names, is for those with rights in every study.
"""

from collections.abc import Callable, Collection, Iterable
from functools import reduce
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.db.models import Model, Q, QuerySet

from ratings.models import Pair, Study, StudyImage, StudyMember
from ratings.models.pair import IMAGE_FIELDS

Row = TypeVar("Row", bound=Model)
Rule = Callable[[User, QuerySet[Study]], Q]

SHARED_APPS = ("ratings", "scoring")  # the apps whose rights a role in one study can give
FOR_ALL_STUDIES = frozenset(  # of the installation as a whole: no role in one study gives these
    {
        "ratings.add_study",
        "ratings.change_dataset",
        "ratings.add_prolificstudy",  # the account there is the installation's, and pays
        "ratings.change_prolificstudy",
    }
)
STUDY_PATHS = {  # how the rows of a model lead to the studies that they belong to
    "ratings.study": "pk",
    "ratings.studyimage": "study",
    "ratings.image": "study_images__study",
    "ratings.pair": "study",
    "ratings.participation": "study",
    "ratings.rater": "participations__study",
    "ratings.assignment": "participation__study",
    "ratings.rating": "participation__study",
    "ratings.choice": "participation__study",
    "ratings.qualityflag": "participation__study",
    "ratings.dump": "study",
    "ratings.visitcount": "study",
    "ratings.delivery": "study",
    "ratings.prolificstudy": "study",
    "ratings.studymember": "study",
    "ratings.subscription": "study",
    "ratings.notification": "subscription__study",
    "ratings.dataset": "studies",
    "ratings.datasetimage": "dataset__studies",
    "scoring.trainingrun": "study",
    "scoring.modelversion": "study",
    "scoring.steeringrun": "study",
    "scoring.steeringoffer": "study",
    "scoring.hubpush": "study",
    "scoring.trackedrun": "study",
    "scoring.studyplan": "study",
    "scoring.rateroutlook": "participation__study",
    "scoring.versioncomparison": "study",
}
SHOWN_WITH = {"ratings.studyimage": "ratings.image", "ratings.datasetimage": "ratings.dataset"}  # parts of their pages
ROLES, RIGHTS, AT_HAND = "_roles_in_studies", "_rights_of_roles", "_studies_at_hand"  # kept with a person


def roles_in_studies(person: User) -> dict[int, str]:
    """Give a person's role in each study that they work in as a member; asked once a request."""
    if not hasattr(person, ROLES):
        rows = StudyMember.objects.filter(user=person.pk).values_list("study", "role")
        setattr(person, ROLES, dict(rows))
    return cast("dict[int, str]", getattr(person, ROLES))


def has_single_roles(person: User) -> bool:
    """Tell whether roles in single studies say anything of a person's rights: a superuser has them all."""
    return not person.is_superuser and bool(roles_in_studies(person))


def rights_of_role(person: User, role: str) -> frozenset[str]:
    """Name the rights that a role in one study gives a person; those of all their roles are asked at once."""
    if not hasattr(person, RIGHTS):
        groups = set(roles_in_studies(person).values())
        rows = Permission.objects.filter(group__name__in=groups, content_type__app_label__in=SHARED_APPS)
        rights: dict[str, set[str]] = {group: set() for group in groups}
        for group, app, codename in rows.values_list("group__name", "content_type__app_label", "codename"):
            rights[group].add(f"{app}.{codename}")
        setattr(person, RIGHTS, {group: frozenset(names) - FOR_ALL_STUDIES for group, names in rights.items()})
    known = cast("dict[str, frozenset[str]]", getattr(person, RIGHTS))
    return known.get(role, frozenset())


class StudyRoleBackend(BaseBackend):
    """Rights by roles in studies: those of the study at hand, or of any where a page is about none."""

    def get_all_permissions(self, user_obj: User | AnonymousUser, obj: Model | None = None) -> set[str]:
        """Name a person's rights; where several studies are at hand, those that hold in each."""
        if not isinstance(user_obj, User) or not user_obj.is_active or obj is not None:
            return set()
        roles = roles_in_studies(user_obj)
        at_hand: frozenset[int] | None = getattr(user_obj, AT_HAND, None)
        if at_hand is None:
            return set().union(*(rights_of_role(user_obj, role) for role in set(roles.values())))
        return set(shared_rights(rights_of_role(user_obj, roles.get(study, "")) for study in at_hand))

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        """Tell whether somebody has any right in an app."""
        return any(right.startswith(f"{app_label}.") for right in self.get_all_permissions(user_obj))


def shared_rights(rights: Iterable[frozenset[str]]) -> frozenset[str]:
    """Give the rights that are in each of some sets; of none, none."""
    found = list(rights)
    return reduce(frozenset.intersection, found) if found else frozenset()


def rights_everywhere(person: User) -> set[str]:
    """Name the rights that a person has in every study, by account and groups."""
    return ModelBackend().get_all_permissions(person)


def has_everywhere(*, person: User, right: str) -> bool:
    """Tell whether a person has a right in every study."""
    return person.is_active and (person.is_superuser or right in rights_everywhere(person))


def studies_of(*, person: User, right: str = "ratings.view_study") -> QuerySet[Study]:
    """Find the studies in which a person has a right."""
    if has_everywhere(person=person, right=right):
        return Study.objects.all()
    roles = roles_in_studies(person) if person.is_active else {}
    return Study.objects.filter(pk__in=[pk for pk, role in roles.items() if right in rights_of_role(person, role)])


def limits_of(*, person: User, right: str = "ratings.view_study") -> QuerySet[Study] | None:
    """Give the studies that figures over several studies may count; nothing for those with the right in all."""
    return None if has_everywhere(person=person, right=right) else studies_of(person=person, right=right)


def visible_rows(rows: QuerySet[Row], *, person: User) -> QuerySet[Row]:
    """Keep the rows that a person may see: all with the right in every study, else those of their studies."""
    app, name = SHOWN_WITH.get(rows.model._meta.label_lower, rows.model._meta.label_lower).split(".")
    if any(has_everywhere(person=person, right=f"{app}.{act}_{name}") for act in ("view", "change")):
        return rows
    rule = rule_for(rows.model)
    return rows.none() if rule is None else rows.filter(rule(person, studies_of(person=person)))


def rule_for(model: type[Model]) -> Rule | None:
    """Give the rule by which a model's rows belong to studies or to the person; for a model without one, nothing."""
    label = model._meta.label_lower
    path = STUDY_PATHS.get(label)
    if path is None:
        return OTHER_RULES.get(label)
    return lambda _person, studies: Q(pk__in=model._base_manager.filter(**{f"{path}__in": studies}).values("pk"))


def acts_about(slug: str) -> Q:
    """Match the acts about a study and what belongs to it: their targets begin with the study's address."""
    return Q(target=slug) | Q(target__startswith=f"{slug} ")


def acts_in(person: User, studies: QuerySet[Study]) -> Q:
    """Match one's own acts, and those about one's studies."""
    found = Q(actor=person)
    for slug in studies.values_list("slug", flat=True):
        found |= acts_about(slug)
    return found


OTHER_RULES: dict[str, Rule] = {
    "ratings.apitoken": lambda person, _studies: Q(user=person),
    "ratings.auditentry": acts_in,
    "ratings.invitation": lambda person, _studies: Q(invited_by=person),
}


def studies_of_row(*, model: type[Model], key: Any) -> frozenset[int] | None:
    """Name the studies that a row belongs to; nothing for a model whose rows belong to no study."""
    path = STUDY_PATHS.get(model._meta.label_lower)
    if path is None:
        return None
    if path == "pk":
        return frozenset([int(key)])
    found = model._base_manager.filter(pk=key).values_list(path, flat=True)
    return frozenset(pk for pk in found if pk is not None)


def take_at_hand(*, person: User, studies: frozenset[int] | None) -> None:
    """Let a person's roles count only in these studies from now on: of a row in several, those that they work in."""
    own = frozenset(roles_in_studies(person))
    setattr(person, AT_HAND, None if studies is None else studies & own)


def has_in_each(*, person: User, right: str, studies: frozenset[int]) -> bool:
    """Tell whether a person has a right in each of some studies."""
    if has_everywhere(person=person, right=right):
        return True
    roles = roles_in_studies(person) if person.is_active else {}
    return all(right in rights_of_role(person, roles.get(study, "")) for study in studies)


def others_images(*, person: User, right: str, images: Collection[UUID]) -> set[UUID]:
    """Find the images that also belong to studies in which a person lacks a right."""
    if has_everywhere(person=person, right=right):
        return set()
    others = Study.objects.exclude(pk__in=studies_of(person=person, right=right)).values("pk")
    entries = StudyImage.objects.filter(image__in=images, study__in=others)
    found = set(entries.values_list("image_id", flat=True))
    for name in IMAGE_FIELDS:
        pairs = Pair.objects.filter(**{f"{name}__in": images}, study__in=others)
        found |= set(pairs.values_list(f"{name}_id", flat=True))
    return found
