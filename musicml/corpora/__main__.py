"""``python -m musicml.corpora``: build the corpora; with ``card NAME [--write]``: the facts of a card."""

import argparse

from . import cards, load, prepare

parser = argparse.ArgumentParser(prog="python -m musicml.corpora", description=__doc__)
commands = parser.add_subparsers(dest="command")
card = commands.add_parser("card", help="print the facts of a corpus")
card.add_argument("name")
card.add_argument("--write", action="store_true", help="write them into datasets/NAME.md")
arguments = parser.parse_args()

if arguments.command == "card":
    corpus = load(arguments.name)
    if arguments.write:
        path = cards.path(corpus.name)
        path.write_text(cards.with_facts(path.read_text(encoding="utf-8"), corpus), encoding="utf-8")
    else:
        print(corpus.card)
else:
    prepare()
