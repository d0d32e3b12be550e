"""Writes the reform of 1 July 2025 as plans that `tinhso reform` reads.

    python tools/reform_2025.py thanh-hoa
    python tools/reform_2025.py national --before units-until-2025-06-30.json --after units-2026.json

`national` maps 63 provinces, their districts and communes to 34 provinces and their communes with vietnamadminunits (of
the development lock), checks both ends against lists of units made by others, and marks whatever a person has to decide.
Sources and licences: tools/data/README.md.
"""

from __future__ import annotations

import argparse
import csv
import json
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OUT = HERE / "data"
DIRECTORY = HERE.parent / "src/tinhso/modules/directory/data"
COLUMNS = (
    "kind", "old_code", "new_code", "name", "level", "organisation_kind", "parent_code", "admin_unit_code", "takes",
    "note", "doubt",
)  # fmt: skip
Row = dict[str, str]


def row(**values: str) -> Row:
    return {column: values.get(column, "") for column in COLUMNS}


def write(name: str, rows: list[Row]) -> None:
    with (OUT / name).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    doubts = sum(bool(one["doubt"]) for one in rows)
    print(f"{name}: {len(rows)} rows, {dict(Counter(one['kind'] for one in rows))}, {doubts} to be decided by a person")


def spoken(name: str) -> str:
    return name[:1].lower() + name[1:]


def table(name: str) -> list[dict[str, str]]:
    with (DIRECTORY / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def thanh_hoa() -> list[Row]:
    """26 districts and 547 communes into 166 communes, each with its centre, under the codes of the reference province."""
    rows = []
    code_of = {}
    for place, one in enumerate(table("communes.csv")):
        code = code_of[one["code"]] = f"H56.{101 + place}"
        rows.append(
            row(kind="create", new_code=code, name=f"UBND {spoken(one['name'])}", level="commune",
                organisation_kind="people_committee", parent_code="H56", admin_unit_code=one["code"])
        )  # fmt: skip
        rows.append(
            row(kind="create", new_code=f"{code}.01", level="commune", organisation_kind="public_service_centre",
                name=f"Trung tâm Phục vụ hành chính công {spoken(one['name'])}", parent_code=code,
                admin_unit_code=one["code"])
        )  # fmt: skip
    districts = {one["code"]: f"H56.{31 + place}" for place, one in enumerate(table("former_districts.csv"))}
    heirs: dict[str, Counter[str]] = {code: Counter() for code in districts}
    numbers: Counter[str] = Counter()
    for one in table("former_communes.csv"):
        district = one["district_code"]
        numbers[district] += 1
        old = f"{districts[district]}.{numbers[district]:02}"
        successors = one["successor_codes"].split()
        for place, successor in enumerate(successors):
            # A town was the seat of its district: where it went, the district's open work is at home.
            weight = 10 if one["name"].startswith(("Thị trấn", "Phường")) and not place else 1
            heirs[district][successor] += weight
            divided = len(successors) > 1
            rows.append(
                row(kind="split" if divided else "merge", old_code=old, new_code=code_of[successor],
                    takes="all" if not place else "none",
                    note="Chỉ một phần địa bàn." if divided else "",
                    doubt=f"{one['name']} chia cho {len(successors)} nơi: việc đang làm về nơi đầu." if divided and not place
                    else "")
            )  # fmt: skip
    for district, old in districts.items():
        for place, (successor, _) in enumerate(sorted(heirs[district].items(), key=lambda pair: (-pair[1], pair[0]))):
            rows.append(
                row(kind="split", old_code=old, new_code=code_of[successor], takes="none" if place else "all",
                    doubt="" if place else "Việc đang làm của cấp huyện về xã, phường nơi có trụ sở huyện; chưa có văn bản "
                    "nêu nơi nhận.")
            )  # fmt: skip
    return rows


def package() -> tuple[dict[str, Any], list[Any], list[Any]]:
    import vietnamadminunits

    folder = Path(vietnamadminunits.__file__).parent / "data"
    mapping = json.loads((folder / "converter_2025.json").read_text(encoding="utf-8"))
    with sqlite3.connect(folder / "dataset.db") as database:
        old = database.execute(
            "select provinceCode, provinceKey, districtCode, districtKey, wardCode, wardKey from admin_units_legacy"
        ).fetchall()
        new = database.execute("select provinceCode, provinceKey, wardCode, wardKey from admin_units").fetchall()
    return mapping, old, new


def key_of_name(name: str) -> str:
    """As the package writes its keys: "Xã Yên Hòa" → "xayenhoa"."""
    from unidecode import unidecode

    return "".join(unidecode(name).lower().split())


def national(before: list[Any], after: list[Any]) -> list[Row]:
    """63 provinces into 34, at the level of units. Codes: T (province), Q (district), X (commune) and the official number."""
    mapping, old_units, new_units = package()
    province_of_key = {key: code for code, key, *_ in new_units}
    heir_of_province = {old: province_of_key[new] for new, olds in mapping["DICT_PROVINCE"].items() for old in olds}
    old_province_key = {code: key for code, key, *_ in old_units}
    new_by_key: dict[tuple[str, str], list[str]] = {}
    for _, province, ward_code, ward_key in new_units:
        new_by_key.setdefault((province, ward_key), []).append(ward_code)
    # Old commune (by its key) → new communes, the one that the package takes by default first.
    heirs: dict[str, list[str]] = {}
    unsure: dict[str, str] = {}
    for province, wards in mapping["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            for old in olds:
                heirs.setdefault(old, []).extend(new_by_key.get((province, ward), []))
    for province, olds in mapping["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in olds.items():
            ordered = sorted(parts, key=lambda part: not part["isDefaultNewWard"])
            heirs[old] = [code for part in ordered for code in new_by_key.get((province, part["newWardKey"]), [])]
            unsure[old] = "Chia cho nhiều nơi; nơi đầu là nơi mặc định của bộ dữ liệu."
    key_of = {code: f"{province}_{district}_{ward}" for _, province, _, district, code, ward in old_units if code}
    twins = {key for key, count in Counter(key_of.values()).items() if count > 1}
    names = {ward["Code"]: (ward["FullName"], p["Code"]) for p in after for ward in p["Wards"]}
    # A code that only the package knows: the unit of that name in that province, when there is one.
    named = {(province, key_of_name(name)): code for code, (name, province) in names.items()}
    for province, _, code, key in new_units:
        if code not in names:
            here = named.get((province, key))
            heirs = {old: [here if one == code and here else one for one in found] for old, found in heirs.items()}
            affected = {old for old, found in heirs.items() if (here or code) in found}
            unsure |= dict.fromkeys(affected, f"Mã {code} của nơi nhận không có trong danh mục; lấy theo tên.")
    heirs = {old: [one for one in found if one in names] for old, found in heirs.items()}
    zones = _special_zones(before, after, heir_of_province, old_province_key)
    return [
        *_provinces(before, after, heir_of_province, old_province_key, zones),
        *_communes(before, names, heirs, unsure, key_of, twins, zones),
    ]


def _special_zones(
    before: list[Any], after: list[Any], heir_of: dict[str, str], key_of: dict[str, str]
) -> dict[str, str]:
    """Island districts without communes → the special zone (đặc khu) of the same name in their new province."""
    zones = {
        (province["Code"], ward["FullName"].removeprefix("Đặc khu ")): ward["Code"]
        for province in after for ward in province["Wards"] if ward["FullName"].startswith("Đặc khu ")
    }  # fmt: skip
    return {
        district["Code"]: zone
        for province in before for district in province["District"] if not district.get("Ward")
        if (zone := zones.get((heir_of.get(key_of.get(province["Code"], ""), ""), _bare(district["FullName"]))))
    }  # fmt: skip


def _bare(district: str) -> str:
    """ "Huyện đảo Lý Sơn" → "Lý Sơn"."""
    return district.removeprefix("Huyện ").removeprefix("đảo ").removeprefix("Đảo ")


def _provinces(
    before: list[Any], after: list[Any], heir_of: dict[str, str], key_of: dict[str, str], zones: dict[str, str]
) -> list[Row]:
    """Districts end with their level (Nghị quyết 203/2025/QH15): what nobody else takes goes to the province."""
    rows = [
        row(kind="create", new_code=f"T{one['Code']}", name=one["FullName"], level="province",
            organisation_kind="other", admin_unit_code=one["Code"])
        for one in after
    ]  # fmt: skip
    for one in before:
        heir = heir_of.get(key_of.get(one["Code"], ""), "")
        rows.append(
            row(kind="merge", old_code=f"T{one['Code']}", new_code=f"T{heir}" if heir else "", note=one["FullName"],
                doubt="" if heir else "Không có trong bộ dữ liệu.")
        )  # fmt: skip
        for district in one["District"]:
            zone = zones.get(district["Code"], "")
            rows.append(
                row(kind="merge" if zone else "dissolve", old_code=f"Q{district['Code']}",
                    new_code=f"X{zone}" if zone else f"T{heir}" if heir else "",
                    note=f"{district['FullName']}, {one['FullName']}",
                    doubt="Huyện đảo không có xã: nơi nhận là đặc khu cùng tên." if zone
                    else "" if heir else "Không rõ tỉnh nhận.")
            )  # fmt: skip
    return rows


def _communes(
    before: list[Any], names: dict[str, tuple[str, str]], heirs: dict[str, list[str]], unsure: dict[str, str],
    key_of: dict[str, str], twins: set[str], zones: dict[str, str],
) -> list[Row]:  # fmt: skip
    rows: list[Row] = []
    came: Counter[str] = Counter(zones.values())
    ended: list[Row] = []
    for province in before:
        for district in province["District"]:
            for ward in district.get("Ward") or ():
                code, key = ward["Code"], key_of.get(ward["Code"], "")
                found = list(dict.fromkeys(heirs.get(key, ())))
                doubt = unsure.get(key, "")
                note = f"{ward['FullName']}, {district['FullName']}, {province['FullName']}"
                if key in twins:
                    doubt = "Hai đơn vị cùng tên trong một huyện: bộ dữ liệu không phân biệt."
                if not found:
                    # The code that goes on is the best guess there is; without it, nobody knows.
                    found = [code] if code in names else []
                    doubt = "Bộ dữ liệu không có đơn vị này; đoán theo mã." if found else "Không rõ nơi nhận."
                elif len(found) > 1 and not doubt:
                    doubt = "Tên nơi nhận trùng với nơi khác trong tỉnh."
                came.update(found)
                kind = "split" if len(found) > 1 else "merge" if found else "dissolve"
                ended += [
                    row(kind=kind, old_code=f"X{code}", new_code=f"X{heir}", takes="none" if place else "all", note=note,
                        doubt=doubt if not place else "")
                    for place, heir in enumerate(found)
                ] or [row(kind=kind, old_code=f"X{code}", note=note, doubt=doubt)]  # fmt: skip
    for code, (name, province_code) in sorted(names.items()):
        rows.append(
            row(kind="create", new_code=f"X{code}", name=name[:1].upper() + name[1:], level="commune", organisation_kind="other",
                parent_code=f"T{province_code}", admin_unit_code=code,
                doubt="" if came[code] else "Không đơn vị cũ nào chuyển vào theo bộ dữ liệu.")
        )  # fmt: skip
    return rows + ended


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan", choices=("thanh-hoa", "national"))
    parser.add_argument("--before", type=Path, help="units until 30 June 2025 (JSON)")
    parser.add_argument("--after", type=Path, help="units of 2026 (JSON)")
    args = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    if args.plan == "thanh-hoa":
        write("reform_2025_thanh_hoa.csv", thanh_hoa())
        return
    if args.before is None or args.after is None:
        parser.error("national needs --before and --after")
    units = [json.loads(path.read_text(encoding="utf-8")) for path in (args.before, args.after)]
    write("reform_2025_national.csv", national(*units))


if __name__ == "__main__":
    main()
