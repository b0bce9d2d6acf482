"""Name a licence as dataset hubs and Croissant do."""

import json

HUB_LICENCES = {  # SPDX identifier in small letters -> the Hugging Face Hub's name, where it has one
    **{
        name: name
        for name in (
            "apache-2.0", "cc-by-2.0", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-4.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-4.0",
            "cc-by-nd-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "cdla-permissive-2.0", "mit",
        )
    },
    "cdla-permissive-1.0": "cdla-permissive-1.0",
    "cdla-sharing-1.0": "cdla-sharing-1.0",
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "pddl-1.0": "pddl",
}  # fmt: skip


def is_address(licence: str) -> bool:
    """Tell whether a licence is given by the address of its text."""
    return licence.startswith(("http://", "https://"))


def licence_address(licence: str) -> str:
    """Give the address of a licence's text."""
    return licence if is_address(licence) else f"https://spdx.org/licenses/{licence}.html"


def licence_lines(licence: str) -> list[str]:
    """Give the lines of a card's header that name a licence; none where the study names none."""
    if not licence:
        return []
    if licence.lower() in HUB_LICENCES:
        return [f"license: {HUB_LICENCES[licence.lower()]}"]
    name = "custom" if is_address(licence) else licence.lower()
    return ["license: other", f"license_name: {json.dumps(name)}", f"license_link: {licence_address(licence)}"]


def licence_words(licence: str) -> str:
    """Say in a card under which licence it stands."""
    if not licence:
        return "No licence is named: ask who made the study before you use or share this."
    name = licence if is_address(licence) else f"[{licence}]({licence_address(licence)})"
    return f"Licence: {name}."
