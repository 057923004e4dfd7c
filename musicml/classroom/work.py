"""The learner's own copies of the lessons: work/.

A lesson is copied there when it is first wanted. A file that is already there
is the learner's and is never touched, so ``git pull`` brings new lessons and
keeps old answers. Only the glossary grows with the course: a newer one takes
the place of ours, unless the learner has written into it.
"""

import os
from pathlib import Path

START = """\
Your workbook
=============

Everything in this folder is yours. Open a lesson, change it, break it, keep it.

- Begin with 00_hear_what_we_build.ipynb, then follow the numbers.
- Run the cells from top to bottom (Shift + Enter). A cell with "..." waits for
  your answer; the cell below it checks your answer and says what is wrong.
- If you leave an exercise open, the lesson goes on with our solution.
- A word that you forget stands in glossary.md.
- The complete lessons are in the folder "solutions", beside this one.
- To start a lesson afresh, rename or delete your copy and run "make lab" again.
  What you have written is never overwritten.
"""


def prepare_work(root="."):
    """Copy what ``root/work`` does not have yet into it; return that folder."""
    root = Path(root)
    work = root / "work"
    work.mkdir(exist_ok=True)
    for lesson in sorted((root / "lessons").glob("*.ipynb")):
        write_new(work / lesson.name, lesson.read_bytes())
    for page in (root / "lessons").glob("*.md"):
        renew(work / page.name, page.read_bytes())
    write_new(work / "START_HERE.txt", START.encode())
    return work


def renew(path, content):
    """Write a file, or its newer version where it still is as we last gave it: ``.NAME`` keeps that."""
    given = path.with_name(f".{path.name}")
    if not path.exists() or (given.exists() and path.read_bytes() == given.read_bytes() != content):
        write(path, content)
        write(given, content)


def write_new(path, content):
    """Write a file that does not exist yet."""
    if not path.exists():
        write(path, content)


def write(path, content):
    """Write a file: whole, or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    os.replace(part, path)
