"""The document faces: from the font packages always, from the system where a machine has better ones."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from threading import Lock

import fontpkg
import typst

_PACKAGES = ("noto-serif", "be-vietnam-pro")
_lock = Lock()


def covering_font_file() -> Path:
    """The face that is always there and stands last in the chain: what it lacks, no paper can show."""
    return Path(fontpkg.path("noto-serif"))


def document_fonts(*, system_fonts: bool) -> typst.Fonts:
    """The font book, built once per process (about 50 ms with system fonts) and shared by all threads.

    The order of faces is `serif-faces` of `typst/lib.typ`: Times New Roman, Liberation Serif, Tinos, Noto Serif.
    """
    with _lock:  # two first requests at once would else search the disk twice
        return _font_book(system_fonts)


@lru_cache(maxsize=2)
def _font_book(system_fonts: bool) -> typst.Fonts:
    folders = sorted({file.path.parent for name in _PACKAGES for file in fontpkg.family(name).files})
    return typst.Fonts(
        include_system_fonts=system_fonts, include_embedded_fonts=True, font_paths=[str(folder) for folder in folders]
    )
