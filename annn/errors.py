"""The one exception family of the workbook.

A message names the file or parameter, what was found, what was expected, and the way out; the command line prints it
without a traceback and exits with status 2.
"""


class AnnnError(Exception):
    """Any failure that a user can understand and mend."""


class ConfigError(AnnnError):
    """A parameter, name or combination of settings that does not exist or cannot work."""


class DataError(AnnnError):
    """A data set, or a file of one, that is missing, damaged or not what its format says."""


class WeightsError(AnnnError):
    """A weights file that is missing, damaged or made for another network."""


class RunError(AnnnError):
    """A training run that cannot start, continue or be read back."""
