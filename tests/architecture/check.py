#!/usr/bin/env python3
"""check.py ROOT [RULE]: prints every violation of the rules in checks.py, exits 1 if there is one."""

import sys

import checks
from tree import Tree


def main(root, only=None):
    tree = Tree(root)
    if not tree.sources:
        sys.exit(f"{root}: no sources found")
    found = [line for check in checks.ALL if only in (None, check.__name__) for line in check(tree)]
    print("\n".join(found) or f"{len(tree.files)} files, no violation")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
