"""Look at the device of somebody who joins, and again where they go on elsewhere."""

from django.utils.translation import gettext

from ratings.exceptions import DeviceChangedError, DeviceNotAllowedError
from ratings.models import Participation, Study
from ratings.values.devices import DEVICE_FIELD, Device, fault_of


def require_allowed_device(*, study: Study, device: Device | None) -> None:
    """Raise where the device is not one that the study takes, or nothing says what it is."""
    fault = fault_of(rules=study.device_rules, device=device)
    if fault:
        raise DeviceNotAllowedError(fault, fields={DEVICE_FIELD: device_fault(device)})


def device_fault(device: Device | None) -> str:
    """Say of the field of the device what is wrong with it."""
    return gettext("does not fit") if device else gettext("is missing")


def note_move(*, participation: Participation) -> None:
    """Note that a rater came to another browser: their device has to be looked at again."""
    Participation.objects.filter(pk=participation.pk).update(has_moved=True)


def require_fitting_device(*, participation: Participation, device: Device | None) -> None:
    """Raise where a rater goes on with a device that the study does not take; the caller has locked the participation.

    One that is not stated is the one looked at last, unless they came to another browser since.
    """
    rules = participation.study.device_rules
    if rules.takes_all or (device is None and not participation.has_moved):
        return
    fault = fault_of(rules=rules, device=device)
    if fault:
        saved = gettext("What you did so far is saved: go on with a device that fits the study.")
        raise DeviceChangedError(f"{fault} {saved}", fields={DEVICE_FIELD: device_fault(device)})
    if participation.has_moved:
        Participation.objects.filter(pk=participation.pk).update(has_moved=False)
