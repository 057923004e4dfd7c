"""The classroom: instant feedback on exercises, and the tools that make the lessons.

check      tells a learner whether an answer is right, and if not, why
exercises  the exercises of each lesson: reference solution and judges
hints      what a learner reads, by language, lesson and exercise
build      solutions -> lessons
work       the learner's own copies
"""

from .check import check

__all__ = ["check"]
