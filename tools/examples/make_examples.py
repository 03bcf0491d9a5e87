#!/usr/bin/env python3
"""Makes Examples/*.yaml from the call graphs in topologies/ and the descriptions in applications.py.

usage: make_examples.py [--check] [FOLDER]

Same input, same bytes: --check says whether the files in the folder are what this would write.
"""

import argparse
import os
import sys

from applications import APPLICATIONS, KINDS
from model import HERE, Writer


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a file differs")
    parser.add_argument("folder", nargs="?", default=os.path.join(HERE, "..", "..", "Examples"))
    arguments = parser.parse_args()
    stale = []
    for make in APPLICATIONS:
        app = make()
        app.complete()
        app.check()
        text = Writer(app, KINDS).text()
        path = os.path.join(arguments.folder, f"{app.name}.yaml")
        if arguments.check:
            if not os.path.exists(path) or open(path).read() != text:
                stale.append(path)
        else:
            with open(path, "w") as file:
                file.write(text)
            services = len({service for service, _ in app.operations})
            print(f"{path}: {services} services, {len(app.operations)} operations")
    if stale:
        sys.exit(f"not as make_examples.py writes them: {', '.join(stale)}")


if __name__ == "__main__":
    main()
