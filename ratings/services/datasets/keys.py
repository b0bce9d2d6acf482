"""Name the images of a set in the records: each once, however the set spells it, and the same in every import."""

from collections.abc import Collection

from ratings.files.addresses import is_address, unsigned_address
from ratings.files.names import short_names, storable, storable_name


def image_keys(*, names: Collection[str], are_addresses: bool) -> dict[str, str]:
    """Give the key of each name: its normal form, or of addresses as much as tells them apart."""
    if are_addresses:
        return {name: storable(short) for name, short in short_names(names).items()}
    return {name: image_key(name) for name in names}


def image_key(name: str) -> str:
    """Give a name in its normal form, and an address without what only signs it."""
    return storable(unsigned_address(name)) if is_address(name) else storable_name(name)
