"""The traits of pictures in the words of raters: names that stand alone, so that every language can say them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

THEME_WORDS: "Mapping[str, StrPromise]" = {
    "light": pgettext_lazy("what a picture is like", "Light"),
    "colour": pgettext_lazy("what a picture is like", "Colour"),
    "composition": pgettext_lazy("what a picture is like", "Composition"),
    "medium": pgettext_lazy("what a picture is like", "Medium"),
    "subject": pgettext_lazy("what a picture is like", "Subject"),
}
# Of a measured property, what is liked more where the difference is above zero, and where it is below.
MEASURED_WORDS: "Mapping[str, tuple[StrPromise, StrPromise]]" = {
    "brightness:high": (_("Bright pictures"), _("Dark pictures")),
    "contrast:high": (_("Strong contrast"), _("Soft contrast")),
    "colourfulness:high": (_("Many vivid colours"), _("Few, quiet colours")),
    "warmth:high": (_("Warm colours"), _("Cool colours")),
    "symmetry:high": (_("Symmetry"), _("Asymmetry")),
    "detail:high": (_("Fine detail"), _("Hardly any detail")),
    "centring:high": (_("Detail in the middle"), _("Detail towards the edges")),
}
TRAIT_WORDS: "Mapping[str, StrPromise]" = {
    "palette:ember": _("Fiery colours"),
    "palette:sunset": _("Sunset colours"),
    "palette:earth": _("Earthy colours"),
    "palette:forest": _("Forest greens"),
    "palette:ocean": _("Ocean blues"),
    "palette:nordic": _("Muted colours"),
    "palette:pastel": _("Pastel colours"),
    "palette:jewel": _("Deep, rich colours"),
    "palette:electric": _("Glaring colours"),
    "palette:monochrome": _("Black and white"),
    "lighting:daylight": _("Soft daylight"),
    "lighting:golden": _("Golden evening light"),
    "lighting:moonlight": _("Moonlight"),
    "lighting:dramatic": _("Dramatic light"),
    "lighting:misty": _("Misty light"),
    "lighting:neon": _("Neon light"),
    "composition:centred": _("Subject in the middle"),
    "composition:thirds": _("Subject off the middle"),
    "composition:symmetrical": _("Symmetry"),
    "composition:diagonal": _("Diagonal lines"),
    "composition:framed": _("A frame around the picture"),
    "viewpoint:eye-level": _("Seen at eye level"),
    "viewpoint:low-angle": _("Seen from below"),
    "viewpoint:birds-eye": _("Seen from above"),
    "viewpoint:close-up": _("Close-ups"),
    "viewpoint:wide": _("Wide views"),
    "density:minimal": _("Hardly any detail"),
    "density:spacious": _("Much empty space"),
    "density:detailed": _("Fine detail"),
    "density:intricate": _("Ornate detail"),
    "texture:smooth": _("Smooth surfaces"),
    "texture:grainy": _("Film grain"),
    "texture:paper": _("Paper texture"),
    "texture:canvas": _("Canvas texture"),
    "texture:brushed": _("Visible brushstrokes"),
    "medium:oil": _("Oil paintings"),
    "medium:watercolour": _("Watercolours"),
    "medium:print": _("Screen prints"),
    "medium:cutout": _("Paper cut-outs"),
    "medium:ink": _("Ink drawings"),
    "medium:photo": _("Photographs"),
    "medium:pencil": _("Pencil drawings"),
    "medium:digital": _("Digital paintings"),
    "medium:rendering": _("3D renderings"),
    "medium:comic": _("Comics and anime"),
    "medium:pixels": _("Pixel art"),
    "domain:art": _("Works of art"),
    "domain:design": _("Graphic design"),
    "domain:fashion": _("Fashion"),
    "domain:cinema": _("Film scenes"),
    "seen:people": _("People and clothes"),
    "seen:pets": _("Dogs and cats"),
    "seen:birds": _("Birds"),
    "seen:animals": _("Wild and farm animals"),
    "seen:fish": _("Fish, reptiles and frogs"),
    "seen:plants": _("Flowers and plants"),
    "seen:food": _("Food and drinks"),
    "seen:vehicles": _("Vehicles"),
    "seen:buildings": _("Buildings"),
    "seen:rooms": _("Rooms"),
    "seen:landscapes": _("Mountains, lakes and shores"),
}


def words_of_trait(*, trait: str, is_more: bool) -> str:
    """Name what is liked more, or less, in the language of the request; a study's own words are quoted."""
    if trait in MEASURED_WORDS:
        return str(MEASURED_WORDS[trait][0 if is_more else 1])
    if trait in TRAIT_WORDS:
        return str(TRAIT_WORDS[trait])
    return gettext("“{word}”").format(word=trait.partition(":")[2])
