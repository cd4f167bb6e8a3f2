"""The entry point of a notebook's process (see `annn.reproduce.worker`); users call `annn reproduce`."""

import json
import sys
from pathlib import Path

from annn.reproduce.worker import run

if __name__ == "__main__":
    sys.exit(run(json.loads(Path(sys.argv[1]).read_text())))
