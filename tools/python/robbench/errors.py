"""What goes wrong, as exceptions.

All derive from `RobbenchError` and from the exception of Python's own that a
caller would expect there. A file that is missing is a `FileNotFoundError`.
"""

__all__ = [
    "MissingValueError",
    "RobbenchError",
    "TableError",
    "UnknownCellError",
    "UnknownNameError",
]


class RobbenchError(Exception):
    """Any error of this package."""


class TableError(RobbenchError, ValueError):
    """A file that is no benchmark table, or no longer the one opened."""


class UnknownNameError(RobbenchError, KeyError, ValueError):
    """A data set, metric or seed that the table does not have.

    The message has the nearest names and the list of those that there are.
    """

    def __str__(self) -> str:
        # KeyError would print the message as a quoted key.
        return str(self.args[0]) if self.args else ""


class UnknownCellError(UnknownNameError):
    """What names no cell, or a cell that the table has no row for."""


class MissingValueError(RobbenchError, LookupError):
    """A number that the table does not have."""
