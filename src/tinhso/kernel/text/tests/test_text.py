from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.kernel.text import SORT_KEY_LENGTH, fold, person_sort_key, same, sort_key

LETTERS = [
    "a",
    "ă",
    "â",
    "b",
    "c",
    "d",
    "đ",
    "e",
    "ê",
    "f",
    "g",
    "h",
    "i",
    "j",
    "k",
    "l",
    "m",
    "n",
    "o",
    "ô",
    "ơ",
    "p",
    "q",
    "r",
    "s",
    "t",
    "u",
    "ư",
    "v",
    "w",
    "x",
    "y",
    "z",
]
VIETNAMESE = st.text(
    alphabet="aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ 0123456789-,",
    max_size=40,
)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Đăng ký khai sinh", "dang ky khai sinh"),
        ("ĐĂNG  KÝ\u00a0KHAI\tSINH ", "dang ky khai sinh"),
        (unicodedata.normalize("NFD", "Đăng ký khai sinh"), "dang ky khai sinh"),
        ("Ðặng Thị Ðào", "dang thi dao"),
        ("UBND xã Hoằng-Hoá, tỉnh Thanh Hóa.", "ubnd xa hoang hoa tinh thanh hoa"),
        ("H56.12-261123-0007", "h56 12 261123 0007"),
        ("\u200b…!?", ""),
        ("", ""),
    ],
)
def test_fold(typed: str, folded: str) -> None:
    assert fold(typed) == folded


def test_place_of_the_tone_does_not_matter() -> None:
    assert same("Thanh Hoá", "Thanh Hóa")
    assert sort_key("Hoá") == sort_key("Hóa")
    assert not same("Thanh Hóa", "Thanh Ho")


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(VIETNAMESE)
def test_unicode_form_and_case_do_not_matter(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert fold(unicodedata.normalize(form, text)) == fold(text)
        assert sort_key(unicodedata.normalize(form, text)) == sort_key(text)
    assert fold(text.upper()) == fold(text)
    assert sort_key(text.upper()) == sort_key(text)


def test_letters_in_vietnamese_order_after_digits() -> None:
    keys = [sort_key(letter) for letter in ["", *"0123456789", *LETTERS, "漢"]]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_tones_in_dictionary_order() -> None:
    words = ["ma", "mà", "mả", "mã", "má", "mạ", "man", "màn", "mắn", "mân", "mấn", "mẫu"]
    assert sorted(words, key=sort_key) == ["ma", "mà", "mả", "mã", "má", "mạ", "man", "màn", *words[8:]]


def test_names_of_places_word_by_word() -> None:
    names = [
        "Ba Đình",
        "Bá Thước",
        "Bình Định",
        "Đà Nẵng",
        "Đắk Lắk",
        "Đồng Nai",
        "Hà Nam",
        "Hà Tĩnh",
        "Hạ Long",
        "Hai",
    ]
    assert sorted(names, key=sort_key) == names


def test_people_by_given_name_then_family_name() -> None:
    names = ["Trần Văn An", "Lê Thị Ân", "Đỗ Bình", "Nguyễn Thị Bình", "Nguyễn Văn Bình", "Lê Đạt", "Lê Ánh Ý"]
    assert sorted(names, key=person_sort_key) == names
    assert person_sort_key("") == ""


@given(VIETNAMESE, VIETNAMESE)
def test_order_agrees_with_a_comparison_word_by_word(a: str, b: str) -> None:
    def reference(text: str) -> list[tuple[list[int], int]]:
        result = []
        for word in "".join(c if c.isalnum() else " " for c in unicodedata.normalize("NFC", text)).split():
            places, tones = [], []
            for letter in word.lower():
                parts = unicodedata.normalize("NFD", letter)
                tones += [
                    "\u0300\u0309\u0303\u0301\u0323".index(c) + 1
                    for c in parts
                    if c in "\u0300\u0309\u0303\u0301\u0323"
                ]
                bare = unicodedata.normalize(
                    "NFC", "".join(c for c in parts if c not in "\u0300\u0309\u0303\u0301\u0323")
                )
                places.append(["0", *"123456789", *LETTERS].index(bare))
            result.append((places, tones[0] if tones else 0))
        return result

    assert (sort_key(a) < sort_key(b)) == (reference(a) < reference(b))
    assert (sort_key(a) == sort_key(b)) == (reference(a) == reference(b))


@given(st.text(max_size=500))
def test_key_is_short_plain_and_repeatable(text: str) -> None:
    key = sort_key(text)
    assert len(key) <= SORT_KEY_LENGTH
    assert key.isascii()
    assert not key or key.isalnum()
    assert key == key.lower()
    assert sort_key(text) == key
