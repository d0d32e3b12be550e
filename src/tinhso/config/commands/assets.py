"""Makes the static files of an installation: the web fonts, cut down to what Vietnamese needs, and `collectstatic`."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

WEIGHTS = {400: "Regular", 500: "Medium", 600: "SemiBold", 700: "Bold"}
FAMILY = "be-vietnam-pro"

# Basic Latin, Latin-1, the letters of Vietnamese (composed and combining), and the few marks that our pages print.
UNICODES = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    0x102, 0x103, 0x110, 0x111, 0x128, 0x129, 0x168, 0x169, 0x1A0, 0x1A1, 0x1AF, 0x1B0,
    0x300, 0x301, 0x303, 0x309, 0x323,
    *range(0x1EA0, 0x1EFA),
    0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x2030, 0x2032, 0x2033,
    0x20AB, 0x2190, 0x2191, 0x2192, 0x2193, 0x2212, 0x2264, 0x2265, 0x25CF,
)  # fmt: skip
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum"]


def build(home_dir: Path) -> None:
    """Fonts into `<home_dir>/assets/ui/fonts` (kept if already made from the same recipe), then everything collected
    into `STATIC_ROOT`. Needs Django set up; no network."""
    build_fonts(home_dir)
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def build_fonts(home_dir: Path) -> list[Path]:
    """One woff2 a weight. Returns their paths."""
    import fontpkg_be_vietnam_pro

    folder = home_dir / "assets/ui/fonts"
    folder.mkdir(parents=True, exist_ok=True)
    sources = Path(fontpkg_be_vietnam_pro.ROOT) / "files"
    recipe = hashlib.sha256(repr((UNICODES, FEATURES, WEIGHTS)).encode()).hexdigest()
    stamp = folder / "recipe.txt"
    made = [folder / f"{FAMILY}-{weight}.woff2" for weight in WEIGHTS]
    if stamp.exists() and stamp.read_text() == recipe and all(path.exists() for path in made):
        return made
    for path, style in zip(made, WEIGHTS.values(), strict=True):
        _subset(sources / f"BeVietnamPro-{style}.ttf", path)
    (folder / "OFL.txt").write_bytes((Path(fontpkg_be_vietnam_pro.ROOT) / "LICENSE").read_bytes())
    stamp.write_text(recipe)
    return made


def _subset(source: Path, target: Path) -> None:
    from fontTools import subset

    options = subset.Options(flavor="woff2", layout_features=FEATURES, hinting=False, desubroutinize=True)
    options.name_IDs = [0, 1, 2, 13, 14]
    with subset.load_font(str(source), options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=UNICODES)
        cutter.subset(font)
        with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".woff2", delete=False) as half_made:
            subset.save_font(font, half_made.name, options)
    # Renamed at the end, so that a set-up that was broken off leaves no half a font.
    Path(half_made.name).chmod(0o644)
    Path(half_made.name).replace(target)
