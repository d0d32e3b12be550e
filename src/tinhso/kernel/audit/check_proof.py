"""Check a dossier's trail without us: `python3 check_proof.py trail.jsonl`. Needs Python only; kept short to be read.

The file is what `proof("dossier:12")` gives out. Compare the last digest that is printed with the one you were given
earlier (on a receipt, in a message): a line removed from the end shows there.
"""

import hashlib
import json
import sys

previous, number = "", 0
for line in map(json.loads, open(sys.argv[1], encoding="utf-8")):  # noqa: SIM115
    item = json.loads(line["text"])  # format, object, number in the object, digest before, time, who, …
    if hashlib.sha256(line["text"].encode()).hexdigest() != line["digest"]:
        sys.exit(f"Dòng {item[2]} đã bị sửa")
    if item[2] != number + 1 or item[3] != previous:
        sys.exit(f"Mất dòng ở ngay trước dòng {item[2]}")
    previous, number = line["digest"], item[2]
print(f"{number} dòng nguyên vẹn, mã băm cuối {previous}")
