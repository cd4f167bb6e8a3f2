"""What trained networks do, beyond their scores."""

from annn.analysis.planted import planted_decisions

__all__ = ["planted_decisions"]
