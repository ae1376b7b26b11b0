"""Checkov's own command line, imported once and run in a fork for each line of arguments (2 s less each time).

Runs under the interpreter of Checkov's own environment. In: a JSON list of arguments a line. Out: what it printed,
as a JSON string a line.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import gc
import json
import os
import runpy
import sys
import tempfile
import traceback
from pathlib import Path

from checkov.main import Checkov

COMMAND = Path(sys.executable).with_name("checkov")


def run(arguments):
    """What its script prints in a process that ends with it."""
    with tempfile.TemporaryFile() as printed:
        child = os.fork()
        if child == 0:
            os.dup2(printed.fileno(), 1)
            sys.argv = [str(COMMAND), *arguments]
            Checkov.__init__.__defaults__[0][:] = arguments  # what the command line had when it was imported
            try:
                runpy.run_path(str(COMMAND), run_name="__main__")
            except BaseException:  # noqa: BLE001  (SystemExit is its usual end)
                traceback.print_exc()
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)
        printed.seek(0)
        return printed.read().decode()


if __name__ == "__main__":
    gc.freeze()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)  # noqa: T201  (its protocol)
