"""Load every manifest under some directories with PyYAML's C loader, and do nothing with them.

    python -I load_yaml.py DIRECTORY...

The least that a program which reads these files with PyYAML does; no positions, no checks.
"""

import sys
from pathlib import Path

import yaml

count = 0
for directory in sys.argv[1:]:
    for path in sorted(Path(directory).rglob("*.yaml")):
        with path.open("rb") as file:
            count += sum(1 for _ in yaml.load_all(file, Loader=yaml.CSafeLoader))
print(count)
