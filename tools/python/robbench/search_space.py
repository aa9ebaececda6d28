"""The search space of NAS-Bench-201, computed: no file is read.

A cell has one of five operations on each of six edges between four nodes:

    edge    0     1     2     3     4     5
            0→1   0→2   1→2   0→3   1→3   2→3

It has three names: the official index (0 ... 15624) of NAS-Bench-201 and
NATS-Bench, a code of six digits (0 ... 4, an operation each) and the
architecture string.
"""

import functools
import operator
import random as _random
from typing import Any, Dict, Iterator, List, Sequence, Tuple, Union

from ._names import escaped
from .errors import UnknownCellError

__all__ = ["Cell", "CellName", "EDGES", "NUM_CELLS", "OPERATIONS",
           "SearchSpace"]

#: By digit of the code.
OPERATIONS: Tuple[str, ...] = ("none", "skip_connect", "nor_conv_1x1",
                               "nor_conv_3x3", "avg_pool_3x3")
#: (source, target) by place of the code.
EDGES: Tuple[Tuple[int, int], ...] = ((0, 1), (0, 2), (1, 2), (0, 3), (1, 3),
                                      (2, 3))
#: Cells of the space.
NUM_CELLS: int = len(OPERATIONS) ** len(EDGES)

_MOST_LETTERS = 256
_NAMES = ("an official index (0 to 15624), a code of six digits 0 to 4, or an "
          "architecture string (|op~0|+|op~0|op~1|+|op~0|op~1|op~2|)")


def _error(expected: str, found: str) -> UnknownCellError:
    more = len(found) - _MOST_LETTERS
    return UnknownCellError(
        f'cell: expected {expected}, found "{escaped(found[:_MOST_LETTERS])}"'
        + (f" and {more} more characters" if more > 0 else ""))


@functools.lru_cache(maxsize=None)
def _official() -> Tuple[Tuple[int, ...], Tuple[int, ...]]:
    """Positions by index, and indices by position.

    A position is the code read as a number in base 5. The authors of
    NAS-Bench-201 shuffled the cells in that order, with seed 88.
    """
    positions = list(range(NUM_CELLS))
    _random.Random(88).shuffle(positions)
    indices = [0] * NUM_CELLS
    for index, position in enumerate(positions):
        indices[position] = index
    return tuple(positions), tuple(indices)


def _canonical_strings() -> List[str]:
    """By position: equal where the authors count cells as isomorphic.

    The string of a node joins the terms of its incoming edges, sorted. See
    nas/isomorphism.h of the repository.
    """
    def term(source: str, operation: str) -> str:
        if operation == "none" or source == "#":
            return "#"
        if operation == "skip_connect":
            return source
        return f"({source})@{operation}"

    strings: List[str] = []
    first = [term("0", operation) for operation in OPERATIONS]
    for one in first:
        from_one = [term(one, operation) for operation in OPERATIONS]
        for direct in first:
            for middle in from_one:
                two = "+".join(sorted((direct, middle)))
                from_two = [term(two, operation) for operation in OPERATIONS]
                for a in first:
                    for b in from_one:
                        strings.extend("+".join(sorted((a, b, c)))
                                       for c in from_two)
    return strings


@functools.lru_cache(maxsize=None)
def _classes() -> Tuple[Tuple[int, ...], Dict[int, Tuple[int, ...]]]:
    """Representatives by index, and members by representative, ascending."""
    strings = _canonical_strings()
    first: Dict[str, int] = {}
    members: Dict[int, List[int]] = {}
    representatives = []
    for index, position in enumerate(_official()[0]):
        representative = first.setdefault(strings[position], index)
        representatives.append(representative)
        members.setdefault(representative, []).append(index)
    return (tuple(representatives),
            {key: tuple(value) for key, value in members.items()})


class Cell:
    """A cell of the search space; immutable, equal to a cell of its index."""

    __slots__ = ("_index",)

    def __init__(self, index: int) -> None:
        self._index = index

    @property
    def index(self) -> int:
        """The official index, 0 ... 15624."""
        return self._index

    @property
    def code(self) -> str:
        """Six digits, an operation each: "323133"."""
        position, digits = _official()[0][self._index], []
        for _ in EDGES:
            position, digit = divmod(position, len(OPERATIONS))
            digits.append(str(digit))
        return "".join(reversed(digits))

    @property
    def operations(self) -> Tuple[str, ...]:
        """The operation of each edge, in the order of `EDGES`."""
        return tuple(OPERATIONS[int(digit)] for digit in self.code)

    @property
    def architecture(self) -> str:
        """The architecture string of NAS-Bench-201."""
        nodes: Dict[int, str] = {}
        for (source, target), operation in zip(EDGES, self.operations):
            nodes[target] = nodes.get(target, "|") + f"{operation}~{source}|"
        return "+".join(nodes[target] for target in sorted(nodes))

    @property
    def representative(self) -> int:
        """The smallest official index of the cell's class."""
        return _classes()[0][self._index]

    @property
    def members(self) -> Tuple[int, ...]:
        """The official indices of all cells of its class, ascending."""
        return _classes()[1][self.representative]

    def tostr(self) -> str:
        """The architecture string, as NATS-Bench asks an architecture."""
        return self.architecture

    def __index__(self) -> int:
        return self._index

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cell):
            return NotImplemented
        return self._index == other._index

    def __hash__(self) -> int:
        return hash(self._index)

    def __repr__(self) -> str:
        return f"<cell {self._index}  {self.code}  {self.architecture}>"


#: What names a cell: index, code, architecture string or the cell itself.
CellName = Union[int, str, Cell]


def _index_of_code(code: str) -> int:
    position = 0
    for place, letter in enumerate(code, 1):
        if letter not in "01234":
            raise _error(f"a digit 0 to 4 at place {place} of the code", code)
        position = position * len(OPERATIONS) + int(letter)
    return _official()[1][position]


def _index_of_architecture(text: str) -> int:
    if len(text) > _MOST_LETTERS:
        raise _error(f"at most {_MOST_LETTERS} characters", text)
    place, code = 0, ""

    def take(token: str) -> int:
        if not text.startswith(token, place):
            raise _error(f'"{token}" at character {place + 1} of the string',
                         text)
        return place + len(token)

    for edge, (source, _) in enumerate(EDGES):
        if source == 0:
            if edge > 0:
                place = take("+")
            place = take("|")
        end = place
        while end < len(text) and text[end] not in "~|+":
            end += 1
        if text[place:end] not in OPERATIONS:
            raise _error(f"one of {', '.join(OPERATIONS)} at character "
                         f"{place + 1} of the string", text)
        code += str(OPERATIONS.index(text[place:end]))
        place = end
        place = take(f"~{source}|")
    if place != len(text):
        raise _error(f"the end after character {place}", text)
    return _index_of_code(code)


def _all_digits(text: str) -> bool:
    return bool(text) and all(letter in "0123456789" for letter in text)


def index_of(name: CellName) -> int:
    """The official index of what names a cell. UnknownCellError otherwise."""
    if isinstance(name, Cell):
        return name.index
    if isinstance(name, str):
        text = name.strip(" \t\n\v\f\r")
        if "|" in text:
            return _index_of_architecture(text)
        if len(text) == 7 and text[0] == "c":  # as CSV files have a code
            return _index_of_code(text[1:])
        if _all_digits(text):
            if len(text) == 6:
                return _index_of_code(text)
            # A leading zero is more likely a code that lost a digit.
            if len(text) < 6 and (len(text) == 1 or text[0] != "0"):
                return index_of(int(text))
        raise _error(_NAMES, text)
    if isinstance(name, bool):
        raise _error(_NAMES, str(name))
    try:
        index = operator.index(name)
    except TypeError:
        raise _error(_NAMES, repr(name)) from None
    if not 0 <= index < NUM_CELLS:
        raise _error(f"an index 0 to {NUM_CELLS - 1} (a code is text, "
                     f'"323133")', str(index))
    return index


class SearchSpace:
    """All 15,625 cells: a sequence by official index.

    >>> space = SearchSpace()
    >>> len(space), len(space.representatives)
    (15625, 6466)
    >>> space["323133"].index
    2581
    >>> space[2581].architecture  # doctest: +ELLIPSIS
    '|nor_conv_3x3~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|skip_connect~0|...'
    >>> space.distance("323133", "323130")
    1
    """

    __slots__ = ()

    def __len__(self) -> int:
        return NUM_CELLS

    def __iter__(self) -> Iterator[Cell]:
        return map(Cell, range(NUM_CELLS))

    def __getitem__(self, name: CellName) -> Cell:
        """The cell of an index, code or architecture string."""
        return Cell(index_of(name))

    def __contains__(self, name: object) -> bool:
        try:
            index_of(name)  # type: ignore[arg-type]
        except UnknownCellError:
            return False
        return True

    def cell(self, operations: Sequence[Union[int, str]]) -> Cell:
        """The cell with these six operations, by number or name.

        >>> SearchSpace().cell([3, 2, 3, 1, "nor_conv_3x3", 3]).index
        2581
        """
        if len(operations) != len(EDGES):
            raise _error("six operations", str(list(operations)))
        digits = []
        for operation in operations:
            digit = (OPERATIONS.index(operation) if operation in OPERATIONS
                     else operation)
            if isinstance(digit, str) or not 0 <= digit < len(OPERATIONS):
                raise _error(f"operations 0 to 4 or of {', '.join(OPERATIONS)}",
                             str(operation))
            digits.append(str(int(digit)))
        return Cell(_index_of_code("".join(digits)))

    @property
    def representatives(self) -> Tuple[int, ...]:
        """The smallest official index of each of the 6,466 classes."""
        return tuple(_classes()[1])

    def random(self, seed: Union[None, int, _random.Random] = None) -> Cell:
        """A cell, all equally likely.

        The seed is a number (the same cell each time), a `random.Random`, or
        None for Python's own generator.

        >>> SearchSpace().random(seed=0) == SearchSpace().random(seed=0)
        True
        """
        return Cell(_generator(seed).randrange(NUM_CELLS))

    def neighbours(self, name: CellName) -> List[Cell]:
        """The 24 cells with another operation on one edge.

        >>> [cell.code for cell in SearchSpace().neighbours("323133")[:4]]
        ['023133', '123133', '223133', '423133']
        """
        code = self[name].code
        return [Cell(_index_of_code(code[:edge] + digit + code[edge + 1:]))
                for edge in range(len(EDGES)) for digit in "01234"
                if digit != code[edge]]

    def mutate(self, name: CellName,
               seed: Union[None, int, _random.Random] = None) -> Cell:
        """One of the 24 neighbours, all equally likely; seed as of `random`."""
        near = self.neighbours(name)
        return near[int(_generator(seed).randrange(len(near)))]

    def distance(self, first: CellName, second: CellName) -> int:
        """Edges with another operation, 0 ... 6."""
        return sum(a != b for a, b in zip(self[first].code, self[second].code))

    def one_hot(self, name: CellName) -> List[int]:
        """30 numbers, 0 or 1: five an edge, in the order of `OPERATIONS`.

        >>> SearchSpace().one_hot("323133")[:5]
        [0, 0, 0, 1, 0]
        """
        return [int(int(digit) == operation) for digit in self[name].code
                for operation in range(len(OPERATIONS))]

    def graph(self, name: CellName) -> Tuple[List[List[int]], List[str]]:
        """The cell as a graph with its operations on the nodes.

        Eight nodes: the input, the operations of the six edges in the order
        of `EDGES`, the output. Returns the adjacency matrix, 8 x 8, whose
        entry [i][j] is 1 where the result of node i goes into node j, and the
        labels of the nodes. The matrix is the same for all cells, since an
        edge with `none` is a node, too.

        >>> adjacency, labels = SearchSpace().graph("323133")
        >>> labels[1], sum(map(sum, adjacency))
        ('nor_conv_3x3', 10)
        """
        size = len(EDGES) + 2
        adjacency = [[0] * size for _ in range(size)]
        last = max(target for _, target in EDGES)
        for i, (source, target) in enumerate(EDGES, 1):
            if source == 0:
                adjacency[0][i] = 1
            if target == last:
                adjacency[i][size - 1] = 1
            for j, (other, _) in enumerate(EDGES, 1):
                if other == target:
                    adjacency[i][j] = 1
        return adjacency, ["input", *self[name].operations, "output"]

    def __repr__(self) -> str:
        return f"<search space of {NUM_CELLS:,} cells>"


def _generator(seed: Union[None, int, _random.Random]) -> Any:
    if seed is None:
        return _random
    if isinstance(seed, _random.Random):
        return seed
    return _random.Random(seed)
