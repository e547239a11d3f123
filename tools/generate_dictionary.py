"""Generate the packed tables of ``dicomkit.dictionary`` and the typed stub of all keywords.

::

    python tools/generate_dictionary.py                                     write the four files from tools/data
    python tools/generate_dictionary.py --check                             exit 1 if one of them is not current
    python tools/generate_dictionary.py --docbook part06.xml part07.xml     first bring tools/data up to a new edition

The XML files are the standard's own source (DocBook 5) of PS3.6 and PS3.7; one of them alone is enough.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dictionary_docbook import updated
from dictionary_facts import DATA, Facts, read_facts, write_facts
from dictionary_stub import render_stub
from dictionary_tables import render_elements, render_private, render_uids

PACKAGE = Path(__file__).resolve().parent.parent / "src" / "dicomkit"


def rendered(facts: Facts) -> dict[str, str]:
    """Give the text of each generated file by its path in the package."""
    return {
        "dictionary/_elements.py": render_elements(facts),
        "dictionary/_private.py": render_private(facts),
        "dictionary/_uids.py": render_uids(facts),
        "dataset/_keywords.pyi": render_stub(facts),
    }


def main(arguments: list[str]) -> int:
    """Run the command and give its exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is not current")
    parser.add_argument("--docbook", nargs="+", type=Path, default=[], metavar="XML", help="PS3.6 and PS3.7 as DocBook")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the tables")
    parser.add_argument("--package", type=Path, default=PACKAGE, help="the folder of the package")
    options = parser.parse_args(arguments)
    facts = read_facts(options.data)
    for path in options.docbook:
        facts, remarks = updated(facts, path)
        print("\n".join(remarks))
    if options.docbook and not options.check:
        write_facts(options.data, facts)
    stale = []
    for name, text in rendered(facts).items():
        path = options.package / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
    for name in stale:
        print(f"{'not current' if options.check else 'wrote'}: {name}")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
