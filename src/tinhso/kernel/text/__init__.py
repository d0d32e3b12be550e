"""Vietnamese text, pure Python: folding for search, and keys that sort as a Vietnamese reader expects.

Folding forgets what people leave out or type in different ways: case, tones, letter marks (ă, â, đ, ê, ô, ơ, ư),
composed or decomposed Unicode, where the tone stands ("Hoá" and "Hóa"), punctuation and spaces.

Sort keys are plain ASCII strings of digits and small letters, so that they compare alike in Python, in SQLite and in
PostgreSQL under any collation, and can be kept in a column of `SORT_KEY_LENGTH` characters.
"""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["SORT_KEY_LENGTH", "fold", "person_sort_key", "same", "sort_key"]

SORT_KEY_LENGTH: Final = 400
"""The longest key. A longer text is ordered by its beginning (about 190 letters)."""

# Đ has no decomposition in Unicode. Old texts also write it as the Icelandic or the African letter that looks alike.
_D_WITH_STROKE: Final = dict.fromkeys(map(ord, "đĐðÐɖƉ"), "d")

# Tones in the order of Vietnamese dictionaries: ngang, huyền, hỏi, ngã, sắc, nặng.
_LEVEL_TONE: Final = "1"
_TONES: Final = {"\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0301": "5", "\u0323": "6"}
_BREVE, _CIRCUMFLEX, _HORN = "\u0306", "\u0302", "\u031b"
# Place of a marked letter after its plain one: a ă â, d đ, e ê, o ô ơ, u ư.
_MARKED: Final = {
    ("a", _BREVE): "1",
    ("a", _CIRCUMFLEX): "2",
    ("e", _CIRCUMFLEX): "1",
    ("o", _CIRCUMFLEX): "1",
    ("o", _HORN): "2",
    ("u", _HORN): "1",
}
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz")


def fold(text: str) -> str:
    """The text as searched: small Latin letters and digits without marks, words apart by one space.

    `fold(fold(x)) == fold(x)`. Letters of other scripts stay. Never longer than the compatibility decomposition.
    """
    folded = _decomposed(text).translate(_D_WITH_STROKE)
    kept = [
        character if character.isalnum() else " " for character in folded if unicodedata.category(character) != "Mn"
    ]
    return " ".join("".join(kept).split())


def same(a: str, b: str) -> bool:
    """Would a person searching take the two for the same words?"""
    return fold(a) == fold(b)


def sort_key(text: str) -> str:
    """The place of `text` in Vietnamese order, as a string to compare by code points and to store.

    Digits, then a ă â b c d đ e ê f g h i j k l m n o ô ơ p q r s t u ư v w x y z, then other scripts. Word by word:
    the letters of a word first, and only when they are equal its tone (ngang, huyền, hỏi, ngã, sắc, nặng), so
    "Hà Nam" < "Hà Tĩnh" < "Hạ Long" < "Hai". Case, spacing, punctuation and the place of the tone do not count.
    """
    key: list[str] = []
    in_word = False
    tone = _LEVEL_TONE
    marks: list[str] = []
    base = ""

    def close_letter() -> None:
        if base in _LATIN:
            variant = next((_MARKED[base, mark] for mark in marks if (base, mark) in _MARKED), "0")
            key.append(base + variant)
        elif base:
            # Decimal digits of any script; other letters by code point, after every Latin letter.
            digit = unicodedata.decimal(base, None)
            key.append(f"1{digit}" if digit is not None else f"z9{ord(base):06x}")

    for character in _decomposed(text) + " ":
        if unicodedata.category(character) == "Mn":
            if character in _TONES:
                tone = _TONES[character] if tone == _LEVEL_TONE else tone
            else:
                marks.append(character)
            continue
        close_letter()
        base, marks = "", []
        if ord(character) in _D_WITH_STROKE:
            key.append("d1")
            in_word = True
        elif character.isalnum():
            base = character
            in_word = True
        elif in_word:
            # "0" is below every letter and digit: a word stands before every longer word that starts with it.
            key.append(f"0{tone}")
            in_word, tone = False, _LEVEL_TONE
        else:
            tone = _LEVEL_TONE
    return "".join(key)[:SORT_KEY_LENGTH]


def person_sort_key(full_name: str) -> str:
    """The place of a person in a Vietnamese list of names: by given name (the last word), then family and middle
    names from the left, as in columns "Tên" and "Họ và tên đệm"."""
    words = full_name.split()
    return sort_key(" ".join(words[-1:] + words[:-1]))


def _decomposed(text: str) -> str:
    # Decompose, take the small letters, and decompose again: some small forms are themselves composed.
    return unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
