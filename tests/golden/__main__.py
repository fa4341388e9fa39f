# SPDX-License-Identifier: Apache-2.0
"""Records what is new: see the package."""

from __future__ import annotations

import sys

from sensor.schema import encode, schema_of
from tests.additive import breaks
from tests.contract import hold_lines
from tests.golden import FOLDER, KINDS, fields, kept_messages, kept_schema, promised, told
from tests.golden.sources import messages


def main() -> int:
    schemas = {kind: schema_of(kind) for kind in KINDS}
    for kind, schema in schemas.items():
        before = kept_schema(kind)
        for what in breaks(before, schema) if before else []:
            print(f"{kind}: {what}", file=sys.stderr)
            return 1
    seen = {kind: {path for one in kept_messages(kind) for path in told(one, schemas[kind])} for kind in KINDS}
    for line in messages():
        (message,) = hold_lines(line)
        kind = message["kind"]
        if told(message, schemas[kind]) - seen[kind]:
            seen[kind] |= told(message, schemas[kind])
            with (FOLDER / f"{kind}.jsonl").open("ab") as file:
                file.write(line + b"\n")
    for kind, schema in schemas.items():
        (FOLDER / f"{kind}.schema.json").write_bytes(encode(promised(schema)))
        missing = sorted(set(fields(schema)) - seen[kind])
        print(f"{kind}: {len(kept_messages(kind))} messages; not shown by any: {', '.join(missing) or 'nothing'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
