"""``musicml data``: which collections there are, what is in them, and whether they are whole."""

import argparse

from ..errors import MusicMLError

EPILOG = """examples:
  musicml data list             the collections, and which are on this computer
  musicml data get jsb          build or download one
  musicml data info chorales    what is in it, in which splits
  musicml data verify           compare every file on this computer with its hash

The lessons get what they need by themselves. The collections lie in your cache
folder, or in MUSICML_CACHE; MUSICML_DATA names folders that are searched first.
"""


def add_commands(add):
    """Add ``data`` and its own commands with ``add``, the method of a group of subparsers."""
    data = add(
        "data",
        help="list, get and check the music collections",
        description="The collections of music that the lessons learn from.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = data.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, run, text in (
        ("list", show_list, "the collections, and which are on this computer"),
        ("info", show_info, "what is in a collection"),
        ("get", get, "build or download a collection, and say where it is"),
        ("verify", verify, "compare the files of one collection, or of all, with their hashes"),
        ("path", show_path, "the folder of a collection"),
    ):
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name != "list":
            action.add_argument(
                "name", nargs="?" if name == "verify" else None, help="a name that list gives"
            )
        action.set_defaults(run=run)


def show_list(options):
    from .. import corpora

    for name in corpora.available():
        print(f"{name:13s} {'ready' if corpora.is_ready(name) else '-':6s} {corpora.ABOUT[name]}")
    return 0


def show_info(options):
    from .. import corpora

    for key, value in corpora.info(options.name).items():
        if isinstance(value, dict):  # what was left out: the card has each piece and why
            value = f"{len(value)}; see datasets/{options.name}.md" if value else 0
        print(f"{key.replace('_', ' '):17s} {_words(value)}")
    return 0


def get(options):
    from .. import corpora

    print(corpora.get(options.name) or f"{options.name} is made when it is loaded; there is nothing to get.")
    return 0


def verify(options):
    """Check one collection, or all that are on this computer. Returns 1 if one is damaged."""
    from .. import corpora

    damaged = 0
    for name in [options.name] if options.name else corpora.available():
        if not options.name and not corpora.is_ready(name):
            print(f"{name:13s} not on this computer")
            continue
        try:
            files = corpora.verify(name)
        except MusicMLError as error:
            damaged += 1
            print(f"{name:13s} PROBLEM  {error}")
        else:
            print(f"{name:13s} ok, files checked: {len(files)}")
    return int(damaged > 0)


def show_path(options):
    """Print the folder and nothing else, for use in scripts: cd "$(musicml data path irish)"."""
    from .. import corpora

    folder = corpora.path(options.name)
    if folder is None:
        raise MusicMLError(f"{options.name} has no files: it is made when it is loaded.")
    print(folder)
    return 0


def _words(value):
    if value is None:
        return "-"
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value
