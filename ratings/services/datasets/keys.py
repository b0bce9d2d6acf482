"""Name the images of a set in the records: each once, however the set spells it, and the same in every import."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ratings.files.addresses import is_address, unsigned_address
from ratings.files.names import decoded_name, own_name, short_names, storable, storable_name
from ratings.models import DatasetImage


@dataclass(frozen=True, kw_only=True)
class ImageKeys:
    """The key of each name, and of each key the address that it stands for, if it stands for one."""

    of: Mapping[str, str]
    addresses: Mapping[str, str] = field(default_factory=dict)


def image_keys(*, names: Collection[str], dataset: str, are_addresses: bool) -> ImageKeys:
    """Give each name the key that the set's image has already, or else a new one.

    A new one is the name's normal form, or of addresses as much of their ends as tells them apart.
    """
    stored = dict(DatasetImage.objects.filter(dataset__name=dataset).values_list("key", "address"))
    return address_keys(names=names, stored=stored) if are_addresses else name_keys(names=names, stored=stored)


def name_keys(*, names: Collection[str], stored: Mapping[str, str]) -> ImageKeys:
    """Find or make the keys of names."""
    known = {image_key(key): key for key in sorted(stored, key=lambda key: image_key(key) == key)}
    return ImageKeys(of={name: known.get(key, key) for name in names for key in (image_key(name),)})


def image_key(name: str) -> str:
    """Give a name in its normal form, and an address without what only signs it."""
    return storable(unsigned_address(name)) if is_address(name) else storable_name(name)


def address_keys(*, names: Collection[str], stored: Mapping[str, str]) -> ImageKeys:
    """Find or make the keys of addresses: one that an address has stays its own, whatever else comes in later."""
    known = {address: key for key, address in stored.items() if address}
    unclaimed = {decoded_name(key): key for key, address in stored.items() if not address}
    places = {name: storable(own_name(name)) for name in names}
    fresh = [name for name, address in places.items() if address not in known]
    made = {name: storable(short) for name, short in short_names(fresh, taken=frozenset(known.values())).items()}
    of = {name: known.get(places[name]) or unclaimed.get(made[name], made[name]) for name in names}
    return ImageKeys(of=of, addresses={key: places[name] for name, key in of.items()})
