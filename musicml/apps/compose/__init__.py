"""Programs that compose."""

from .chorale import compose_chorale
from .tune import compose_tune

__all__ = ["compose_chorale", "compose_tune"]
