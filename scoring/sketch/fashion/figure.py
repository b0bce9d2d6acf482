"""Fashion figures: tall, faceless, in gowns, coats and suits; and garments on their own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.sketch.canvas import Linear, Radial
from scoring.sketch.colour import Colour, mix, parse_hex
from scoring.sketch.fashion.textile import Cloth, cloth_image, half_to_whole
from scoring.sketch.geometry import (
    XY,
    Points,
    arc,
    closed,
    curve,
    ellipse,
    moved,
    placed,
    points,
    rectangle,
    ribbon,
)
from scoring.sketch.plants import paint_branch
from scoring.sketch.stage import Stage

SKINS = tuple(parse_hex(code) for code in ["f2cfb5", "e0ac86", "c08560", "8f5b3e", "5f3a28"])

# right halves of garments, from the neck down, in shares of the figure's height (0 floor, -1 crown)
GOWN = ((0.035, -0.845), (0.075, -0.82), (0.062, -0.7), (0.05, -0.63), (0.09, -0.5), (0.14, -0.28), (0.24, -0.02))
SHEATH = ((0.03, -0.845), (0.082, -0.825), (0.07, -0.7), (0.056, -0.62), (0.085, -0.5), (0.082, -0.34), (0.07, -0.26))
COAT = ((0.03, -0.865), (0.1, -0.83), (0.105, -0.66), (0.095, -0.58), (0.12, -0.42), (0.15, -0.2), (0.16, -0.16))
BELL = ((0.034, -0.845), (0.08, -0.82), (0.064, -0.7), (0.05, -0.635), (0.17, -0.52), (0.22, -0.38), (0.21, -0.3))
TUNIC = ((0.03, -0.86), (0.095, -0.83), (0.085, -0.68), (0.09, -0.55), (0.11, -0.42), (0.115, -0.38))
CUTS = {"gown": GOWN, "sheath": SHEATH, "coat": COAT, "bell": BELL, "tunic": TUNIC}


@dataclass(frozen=True, kw_only=True, slots=True)
class Outfit:
    """One dressed figure: where it stands, how tall, in what."""

    foot: XY
    height: float
    cut: str
    index: int
    flip: float = 1.0


def draw_figure(stage: Stage) -> None:
    """Draw one figure before an arch or a disc."""
    stage.paint_backdrop(0.97, 0.66)
    _paint_set(stage)
    cut = _cut(stage, 0)
    foot = (stage.middle[0], stage.sheet.height * 0.93)
    paint_look(stage, Outfit(foot=foot, height=0.84, cut=cut, index=0))


def draw_parade(stage: Stage) -> None:
    """Draw a row of figures on a runway."""
    stage.paint_backdrop(0.9, 0.5)
    left, _, right, bottom = stage.sheet.bounds()
    level = stage.sheet.height * 0.84
    floor = stage.tone(0.3)
    stage.sheet.fill(
        rectangle(left, level, right, bottom),
        ink=Linear((mix(floor, stage.air, 0.4), floor), (0, level), (0, level + 0.3)),
    )
    count = {1: 2, 2: 3, 4: 4}.get(stage.count(4), 6)
    for index in range(count):
        offset = (index - (count - 1) / 2) * 0.92 / count
        back = abs(index - (count - 1) / 2) / count
        at = (stage.middle[0] + offset, stage.sheet.height * 0.95 - 0.12 * back)
        stage.sheet.glow((at[0], 0.05), 0.35, stage.lamp, 0.45 * stage.mood.glow)
        paint_look(stage, Outfit(foot=at, height=0.78 - 0.16 * back, cut=_cut(stage, index), index=index))


def _cut(stage: Stage, index: int) -> str:
    """Take the garment that the subject names, else one by chance."""
    subject = stage.parts.subject.casefold()
    named = {"dress": "bell", "skirt": "bell", "gown": "gown", "coat": "coat", "suit": "tunic", "sheath": "sheath"}
    for word, cut in named.items():
        if word in subject and index == 0:
            return cut
    cuts = list(CUTS)
    return cuts[int(stage.rng(f"cut{index}").integers(len(cuts)))]


def _paint_set(stage: Stage) -> None:
    """Paint the studio: a floor, then backdrops and plants as the density allows."""
    level = stage.sheet.height * 0.83
    if stage.parts.attributes.density != "minimal":
        _paint_backdrops(stage, level)
    left, _, right, bottom = stage.sheet.bounds()
    floor = mix(stage.tone(0.72), stage.accent(2), 0.25)
    ink = (mix(floor, stage.tone(1.0), 0.3), floor, mix(floor, stage.tone(0.1), 0.4))
    stage.sheet.fill(rectangle(left, level, right, bottom), ink=Linear(ink, (0, level), (0, level + 0.3)))
    if not stage.sparse():
        _paint_plants(stage, level)


def _paint_backdrops(stage: Stage, level: float) -> None:
    """Hang an arch, a disc or panels behind the figure."""
    x, y = stage.middle
    back = mix(stage.accent(1), stage.tone(0.9), 0.25)
    ink = Linear((back, mix(back, stage.tone(0.2), 0.35)), (x, y - 0.4), (x, y + 0.4))
    kind = int(stage.rng("set").integers(3))
    if kind == 0:
        for step in range(stage.count(2)):
            half = 0.29 + 0.09 * (stage.count(2) - 1 - step)
            feet = points((x + half, level), (x - half, level))
            arch = np.concatenate([arc((x, y - 0.12), half, np.pi, 2 * np.pi), feet])
            stage.sheet.fill(arch, ink=ink if step else mix(back, stage.tone(1.0), 0.35))
    elif kind == 1:
        for ring in range(stage.count(3, 1)):
            stage.sheet.fill(
                ellipse((x, y - 0.1), 0.38 - 0.06 * ring), ink=mix(back, stage.accent(ring + 1), 0.4 * (ring % 2))
            )
    else:
        panels = stage.count(5, 2)
        for panel in range(panels):
            at = x - 0.46 + 0.92 * panel / panels
            tint = mix(stage.accent(panel), stage.tone(0.9), 0.4)
            stage.sheet.fill(rectangle(at, -0.6, at + 0.7 / panels, level - 0.04 * (panel % 2)), ink=tint)


def _paint_plants(stage: Stage, level: float) -> None:
    """Stand tall plants on both sides."""
    rng = stage.rng("plants")
    for index in range(stage.count(6)):
        side = -1 if index % 2 else 1
        root = (stage.middle[0] + side * float(rng.uniform(0.3, 0.46)), level + float(rng.uniform(0.03, 0.1)))
        tall = float(rng.uniform(0.28, 0.55))
        tip = (root[0] + float(rng.normal(0, 0.06)), root[1] - tall)
        stem = curve([root, (root[0] - side * 0.02, root[1] - tall * 0.5), tip])
        paint_branch(stage, stem, rng, stage.accent(index))


def paint_look(stage: Stage, look: Outfit) -> None:
    """Paint a figure from its shadow to its hat."""
    skin = SKINS[int(stage.rng(f"skin{look.index}").integers(len(SKINS)))]
    skin = mix(skin, stage.tone(0.5), 0.15)
    if stage.parts.attributes.palette == "monochrome":
        skin = stage.tone(0.7)
    shadow = ellipse((look.foot[0], look.foot[1] - 0.004), 0.2 * look.height, 0.025 * look.height)
    stage.sheet.fill(shadow, ink=stage.tone(0.0), opacity=0.4, blur=0.012)
    _paint_body(stage, look, skin)
    _paint_garment(stage, look)
    _paint_head(stage, look, skin)


def _paint_body(stage: Stage, look: Outfit, skin: Colour) -> None:
    """Paint legs, arms and neck."""
    stance = float(stage.rng(f"stance{look.index}").choice([-1.0, 1.0]))
    limbs = [
        ribbon(curve([(0.035, -0.48), (0.04, -0.26), (0.03, -0.03)]), [0.06, 0.042, 0.02]),
        ribbon(curve([(-0.035, -0.48), (-0.03, -0.26), (-0.05, -0.025)]), [0.06, 0.042, 0.02]),
        ribbon(curve([(0.08, -0.81), (0.115, -0.66), (0.09, -0.5)]), [0.036, 0.028, 0.016]),
        ribbon(curve([(-0.08, -0.81), (-0.16, -0.7), (-0.075, -0.6)]), [0.036, 0.028, 0.016]),
        ribbon(points((0, -0.92), (0, -0.82)), [0.032, 0.04]),
    ]
    shapes = [placed(limb, look.foot, look.height, stance) for limb in limbs]
    lit = mix(skin, stage.tone(1.0), 0.2)
    x = look.foot[0]
    stage.sheet.fill(*shapes, ink=Linear((lit, skin, mix(skin, stage.tone(0.0), 0.3)), (x - 0.1, 0), (x + 0.1, 0)))
    shoes = [
        points((0.02, -0.03), (0.045, -0.03), (0.06, 0.0), (0.012, 0.0)),
        points((-0.06, -0.03), (-0.035, -0.03), (-0.035, 0.0), (-0.078, 0.0)),
    ]
    stage.sheet.fill(*(placed(shoe, look.foot, look.height, stance) for shoe in shoes), ink=stage.tone(0.02))


def _paint_garment(stage: Stage, look: Outfit) -> None:
    """Paint the garment in patterned cloth with folds, sleeves and a belt."""
    half = curve(CUTS[look.cut])
    hem = points((half[-1, 0] * 0.5, half[-1, 1] + 0.012), (0.0, half[-1, 1] + 0.004))
    outline = placed(half_to_whole(np.concatenate([half, hem])), look.foot, look.height)
    cloth = _cloth(stage, look.index)
    if look.cut in {"coat", "tunic"}:
        _paint_trousers(stage, look, cloth)
        _paint_sleeves(stage, look, cloth)
    stage.sheet.fill(outline, ink=cloth_image(stage, f"cloth{look.index}", cloth))
    x, broad = look.foot[0], 0.2 * look.height
    dark, side = stage.tone(0.0), -1 if stage.light[0] < x else 1
    shade = Linear((dark, mix(cloth[0], dark, 0.4), cloth[0]), (x - side * broad, 0), (x + side * broad, 0))
    stage.sheet.fill(outline, ink=shade, opacity=0.34)
    _paint_folds(stage, look, half)
    waist = [(-0.056, -0.64), (0.056, -0.64), (0.058, -0.615), (-0.058, -0.615)]
    if look.cut != "tunic":
        stage.sheet.fill(placed(points(*waist), look.foot, look.height), ink=stage.accent(look.index + 2, 0.35))


def _cloth(stage: Stage, index: int) -> Cloth:
    """Choose three colours for a cloth."""
    if stage.rng(f"dye{index}").random() < 0.4:
        return stage.tone(0.14), stage.accent(index), stage.tone(0.9)
    return stage.accent(index), stage.tone(0.95), stage.accent(index + 1, 0.25)


def _paint_trousers(stage: Stage, look: Outfit, cloth: Cloth) -> None:
    """Paint straight trousers under a coat or a jacket."""
    leg = points((0.0, -0.5), (0.085, -0.5), (0.075, -0.02), (0.022, -0.02))
    both = [placed(leg, look.foot, look.height, flip) for flip in (1.0, -1.0)]
    stage.sheet.fill(*both, ink=mix(stage.tone(0.1), cloth[2], 0.2))


def _paint_sleeves(stage: Stage, look: Outfit, cloth: Cloth) -> None:
    """Paint sleeves that hang from the shoulders."""
    line = curve([(0.085, -0.82), (0.135, -0.68), (0.12, -0.5)])
    sleeve = ribbon(line, [0.05, 0.055, 0.048])
    both = [placed(sleeve, look.foot, look.height, flip) for flip in (1.0, -1.0)]
    stage.sheet.fill(*both, ink=mix(cloth[0], stage.tone(0.0), 0.25))


def _paint_folds(stage: Stage, look: Outfit, half: Points) -> None:
    """Draw folds that fall from the waist, and lapels or a neckline."""
    rng = stage.rng(f"folds{look.index}")
    hem_x, hem_y = half[-1]
    folds = []
    for place in np.linspace(-0.8, 0.8, stage.count(7, 2)):
        top = (place * 0.045, -0.6 + rng.uniform(0, 0.06))
        bottom = (place * hem_x + rng.normal(0, 0.006), hem_y)
        middle = ((top[0] + bottom[0]) / 2 * 0.85, (top[1] + bottom[1]) / 2)
        folds.append(placed(ribbon(curve([top, middle, bottom]), [0.001, 0.006, 0.014]), look.foot, look.height))
    stage.sheet.fill(*folds, ink=stage.tone(0.0), opacity=0.3)
    if look.cut in {"coat", "tunic"}:
        lapel = points((0.0, -0.66), (0.012, -0.86), (0.055, -0.845), (0.04, -0.76))
        both = [placed(lapel, look.foot, look.height, flip) for flip in (1.0, -1.0)]
        stage.sheet.fill(*both, ink=stage.tone(0.04))


def _paint_head(stage: Stage, look: Outfit, skin: Colour) -> None:
    """Paint the faceless head, hair, and a hat or earrings by chance."""
    rng = stage.rng(f"head{look.index}")
    hair = (stage.tone(0.03), stage.tone(0.25), stage.accent(3, 0.3))[int(rng.integers(3))]
    kind = int(rng.integers(4))
    crown = ellipse((0, -0.955), 0.047, 0.055, 40)
    if kind == 0:
        crown = closed(
            [
                (-0.055, -0.86),
                (-0.06, -0.95),
                (-0.035, -1.012),
                (0.035, -1.012),
                (0.06, -0.95),
                (0.055, -0.86),
                (0, -0.9),
            ]
        )
    if kind == 1:
        stage.sheet.fill(placed(ellipse((0, -1.02), 0.026), look.foot, look.height), ink=hair)
    stage.sheet.fill(placed(crown, look.foot, look.height), ink=hair)
    face = placed(ellipse((0.0, -0.943), 0.034, 0.047, 40), look.foot, look.height)
    middle = (look.foot[0] - 0.02 * look.height, look.foot[1] - 0.95 * look.height)
    stage.sheet.fill(
        face, ink=Radial((mix(skin, (255, 255, 255), 0.22), skin), middle, (middle[0] + 0.06 * look.height, middle[1]))
    )
    if kind == 2:
        brim = ellipse((0, -0.978), 0.12, 0.02, 48)
        bowl = closed([(-0.05, -0.975), (-0.045, -1.03), (0, -1.045), (0.045, -1.03), (0.05, -0.975)])
        hat = stage.accent(look.index + 1, 0.15)
        stage.sheet.fill(*(placed(part, look.foot, look.height) for part in (brim, bowl)), ink=hat)
    rings = [placed(ellipse((side * 0.037, -0.9), 0.008), look.foot, look.height) for side in (-1, 1)]
    stage.sheet.fill(*rings, ink=stage.accent(look.index + 3))


def draw_garment(stage: Stage) -> None:
    """Draw one garment laid flat on a coloured ground, with its accessories around it."""
    stage.paint_backdrop(0.93, 0.72)
    x, y = stage.middle
    rng = stage.rng("flat lay")
    stage.sheet.fill(ellipse((x, y), 0.38), ink=mix(stage.accent(1), stage.tone(0.95), 0.45), opacity=0.7)
    look = Outfit(foot=(x, y + 0.78), height=1.3, cut=_cut(stage, 0), index=0)
    shadow = curve(CUTS[look.cut])
    outline = placed(half_to_whole(shadow), (look.foot[0] + 0.012, look.foot[1] + 0.02), look.height)
    stage.sheet.fill(outline, ink=stage.tone(0.0), opacity=0.35, blur=0.018)
    hook = arc((x, look.foot[1] - 0.9 * look.height), 0.03, np.pi * 0.5, np.pi * 1.9)
    stage.sheet.stroke(hook, width=0.007, ink=stage.tone(0.05))
    _paint_garment(stage, look)
    for index in range(stage.count(6, 1)):
        side = -1 if index % 2 else 1
        at = (x + side * rng.uniform(0.3, 0.43), y + rng.uniform(-0.38, 0.38))
        _paint_accessory(stage, at, index)


def _paint_accessory(stage: Stage, at: XY, index: int) -> None:
    """Lay down sunglasses, a bag or a bracelet."""
    x, y = at
    dark, colour = stage.tone(0.04), stage.accent(index + 2)
    if index % 3 == 0:
        lenses = [ellipse((x + side * 0.036, y), 0.03, 0.025) for side in (-1, 1)]
        stage.sheet.fill(*lenses, ink=dark)
        stage.sheet.stroke(
            curve([(x - 0.012, y - 0.008), (x, y - 0.014), (x + 0.012, y - 0.008)]), width=0.006, ink=dark
        )
    elif index % 3 == 1:
        bag = closed([(x - 0.05, y + 0.05), (x - 0.06, y - 0.02), (x + 0.06, y - 0.02), (x + 0.05, y + 0.05)])
        stage.sheet.fill(moved(bag, 0.005, 0.01), ink=dark, opacity=0.3, blur=0.008)
        stage.sheet.fill(bag, ink=colour)
        stage.sheet.stroke(arc((x, y - 0.02), 0.036, np.pi, 2 * np.pi), width=0.007, ink=mix(colour, dark, 0.4))
    else:
        stage.sheet.stroke(arc((x, y), 0.036, 0, 6.2832), width=0.011, ink=colour)
        stage.sheet.stroke(arc((x + 0.02, y + 0.02), 0.03, 0, 6.2832), width=0.005, ink=dark)
