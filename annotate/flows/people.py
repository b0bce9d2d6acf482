"""The people who work here: who may manage whom, and the roles that they are given."""

from ratings.services.people import assign_role, may_manage, people_to_manage, role_of, roles_to_give

__all__ = ["assign_role", "may_manage", "people_to_manage", "role_of", "roles_to_give"]
