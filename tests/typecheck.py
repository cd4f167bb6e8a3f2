"""The type checker that every annn module is imported with under pytest (see conftest)."""

from beartype import BeartypeConf
from beartype import beartype as _beartype

# An int is accepted where a float is asked for, as by every static checker (PEP 484).
beartype = _beartype(conf=BeartypeConf(is_pep484_tower=True))
