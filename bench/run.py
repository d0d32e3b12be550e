"""`python -m bench.run P1`: one benchmark; prints one JSON line with every figure and the machine."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from pathlib import Path

from bench.product import machine

ROWS = {
    "E1": "bench.e1_escalation",
    "D1": "bench.d1_import",
    "P1": "bench.p1_step",
    "P2": "bench.p2_list",
    "P3": "bench.p3_submission",
    "P9": "bench.p9_log_in",
    "S1": "bench.s1_statistics",
    "R4": "bench.r4_reform",
    "R5": "bench.r5_national",
}


def main() -> int:
    if len(sys.argv) != 2 or sys.argv[1] not in ROWS:
        print(f"usage: make bench NAME={{{','.join(ROWS)}}}", file=sys.stderr)
        return 2
    name = sys.argv[1]
    home = Path("var/bench").resolve()
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home) as own:
        figures = importlib.import_module(ROWS[name]).measure(Path(own), home)
    print(json.dumps({"bench": name, **figures, "machine": machine()}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
