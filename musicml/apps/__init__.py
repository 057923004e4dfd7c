"""Whole programs, small and complete: ``python -m musicml.apps.hear_pitch``."""
