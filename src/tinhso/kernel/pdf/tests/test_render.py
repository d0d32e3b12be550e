from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tinhso.kernel.clock import VIETNAM
from tinhso.kernel.pdf import PdfError, qr_svg, render
from tinhso.kernel.pdf.printable import MISSING, plain, printable
from tinhso.kernel.pdf.tests.reading import letters_of, page_count, reader_of, words_of

TEMPLATE = Path(__file__).with_name("plain.typ")
AT = datetime(2026, 3, 5, 9, 40, tzinfo=VIETNAM)

# Every letter of the Vietnamese alphabet with every tone, both cases.
_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
VIETNAMESE = [
    unicodedata.normalize("NFC", letter + tone)
    for vowel in _VOWELS
    for letter in (vowel, vowel.upper())
    for tone in _TONES
] + ["đ", "Đ"]


def rendered(body: str, **more: object) -> bytes:
    return render(TEMPLATE, {"printed_at": AT, "title": "Thử bản in", "body": body, **more})


@pytest.mark.parametrize("system_fonts", [True, False])
def test_every_vietnamese_letter_is_read_back(system_fonts: bool) -> None:
    body = " ".join(VIETNAMESE)
    pdf = render(TEMPLATE, {"printed_at": AT, "title": "Chữ", "body": body}, system_fonts=system_fonts)
    assert body in words_of(pdf)


def test_decomposed_letters_are_printed_composed() -> None:
    assert "Nguyễn Thị Hường" in words_of(rendered(unicodedata.normalize("NFD", "Nguyễn Thị Hường")))


def test_fonts_are_embedded() -> None:
    faces = [
        descendant.get_object()["/FontDescriptor"].get_object()
        for page in reader_of(rendered("Chữ *đậm*")).pages
        for font in page["/Resources"]["/Font"].get_object().values()
        for descendant in font.get_object()["/DescendantFonts"]
    ]
    assert faces
    assert all("/FontFile2" in face or "/FontFile3" in face for face in faces)


def test_file_is_an_archive_pdf_in_vietnamese_with_title_and_time() -> None:
    reader = reader_of(rendered("Nội dung"))
    xmp = reader.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    assert "Thử bản in" in xmp
    assert str(reader.trailer["/Root"]["/Lang"]).startswith("vi")
    assert reader.metadata is not None
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.astimezone(UTC) == AT.astimezone(UTC)


def test_same_data_same_bytes_and_other_time_other_bytes() -> None:
    assert rendered("Nội dung", qr_svg=qr_svg("https://x.example/a")) == rendered(
        "Nội dung", qr_svg=qr_svg("https://x.example/a")
    )
    assert rendered("Nội dung") != rendered("Nội dung", printed_at=AT.replace(minute=41))


@pytest.mark.parametrize(
    "hostile",
    [
        '#import "/etc/passwd": *',
        '#read("/kernel/pdf/typst/lib.typ")',
        "<script>alert(1)</script>",
        "$x^2$ *đậm* _nghiêng_ `mã` = tựa @nguon <nhan> // chú thích \\ ~ -- ...",
        '"; #panic("x") #{ [',
        "{{ 7*7 }} {% raw %} ${7*7} %00 ../../",
        "&lt;b&gt; \\u{1F600} \\\" '",
    ],
)
def test_hostile_text_is_printed_literally(hostile: str) -> None:
    assert letters_of(hostile) in letters_of(words_of(rendered(hostile)))


def test_letters_no_face_has_are_shown_as_missing() -> None:
    assert f"Tên {MISSING} {MISSING} hết" in words_of(rendered("Tên 😀 中 hết"))


def test_invisible_and_control_characters_are_dropped() -> None:
    assert printable("a\u202eb\u200bc\x00d\r\ne\ud800\ufe0f") == f"abc d\ne{MISSING}"


def test_endless_word_stays_on_the_page() -> None:
    pdf = rendered("x" * 5000)
    assert words_of(pdf).count("x") == 5000
    assert page_count(pdf) <= 2


def test_long_address_breaks_after_its_marks() -> None:
    address = "https://dichvucong.thanhhoa.example/dossiers/verify?code=abc"
    assert "/\u200bdossiers/\u200b" in printable(address)
    assert printable(address).replace("\u200b", "") == address


def test_threads_get_their_own_papers() -> None:
    def one(number: int) -> tuple[int, str]:
        return number, words_of(rendered(f"Bản in số {number}."))

    with ThreadPoolExecutor(8) as pool:
        for number, words in pool.map(one, range(40)):
            assert f"Bản in số {number}." in words


def test_broken_template_and_bad_data_raise_pdf_error(tmp_path: Path) -> None:
    broken = tmp_path / "broken.typ"
    broken.write_text('#panic("hỏng")', encoding="utf-8")
    with pytest.raises(PdfError, match="Không tạo được bản in “broken”") as caught:
        render(broken, {"printed_at": AT}, root=tmp_path)
    assert "hỏng" in caught.value.diagnostic
    with pytest.raises(PdfError):
        render(tmp_path / "missing.typ", {"printed_at": AT}, root=tmp_path)
    with pytest.raises(PdfError, match="thời điểm in"):
        render(TEMPLATE, {"title": "x", "body": "y"})
    with pytest.raises(PdfError):
        rendered("x", other=object())
    with pytest.raises(PdfError):
        rendered("x", other=AT.replace(tzinfo=None))
    with pytest.raises(PdfError):
        rendered("x", other=float("nan"))


def test_template_cannot_read_outside_its_root(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.txt").write_text("bí mật", encoding="utf-8")
    template = tmp_path / "inside" / "nosy.typ"
    template.write_text('#read("/../secret.txt")', encoding="utf-8")
    with pytest.raises(PdfError):
        render(template, {"printed_at": AT}, root=tmp_path / "inside")


def test_data_become_plain_in_vietnam_time() -> None:
    utc = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
    assert plain({"at": utc, "day": date(2026, 1, 2), "list": ("a", None, True, 3)}) == {
        "at": "2026-03-05T01:00:00+07:00",
        "day": "2026-01-02",
        "list": ["a", None, True, 3],
    }


def test_qr_code_is_svg_and_refuses_nothing_and_too_much() -> None:
    assert qr_svg("https://x.example/dossiers/verify").startswith("<svg")
    with pytest.raises(ValueError, match="mã QR"):
        qr_svg("")
    with pytest.raises(ValueError, match="too large"):
        qr_svg("x" * 5000)
