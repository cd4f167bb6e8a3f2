"""A research workbook for Asymmetric Non-local Neural Networks."""

from annn import operators

__version__ = "0.1.0"

operators.declare_missing()
