from __future__ import annotations

import os
from pathlib import Path

from skafu.model.event import KINDS

PAGE = Path(__file__).parents[3] / "docs" / "record.md"
BEGIN = "test_page.py write it anew. -->\n"
END = "<!-- end -->\n"


def test_the_page_about_the_record_has_every_kind_of_event_with_its_values():
    rows = [f"| `{kind}` | {values.replace('|', chr(92) + '|')} |\n" for kind, values in KINDS.items()]
    table = "".join(["| event | values |\n", "|---|---|\n", *rows])
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    written = f"{before}{BEGIN}{table}{END}{after}"
    if os.environ.get("SKAFU_GOLDEN") == "write":
        PAGE.write_text(written, "utf-8")
        page = written
    assert page == written
