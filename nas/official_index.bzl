"""Names of cells for Bazel, which checks --//tools:cells before anything is
built: an official index, a six-digit code or an architecture string becomes the
official index (nas/cell.h, nas/official_index.h). //nas:official_index_test
compares all 15,625 with C++.
"""

NUM_CELLS = 15625

_OPERATIONS = [
    "none",
    "skip_connect",
    "nor_conv_1x1",
    "nor_conv_3x3",
    "avg_pool_3x3",
]
_SOURCES = [[0], [0, 1], [0, 1, 2]]  # of each node's edges

_WORDS = 624  # of MT19937's state
_MASK = 0xffffffff

def _seeded(key):
    """The state of CPython's random.seed(key): init_by_array of one word."""
    state = [19650218]
    for i in range(1, _WORDS):
        last = state[-1]
        state.append((1812433253 * (last ^ (last >> 30)) + i) & _MASK)
    i = 1
    for _ in range(_WORDS):
        last = state[i - 1]
        state[i] = ((state[i] ^ ((last ^ (last >> 30)) * 1664525)) + key) & _MASK
        i += 1
        if i == _WORDS:
            state[0] = state[-1]
            i = 1
    for _ in range(_WORDS - 1):
        last = state[i - 1]
        state[i] = ((state[i] ^ ((last ^ (last >> 30)) * 1566083941)) - i) & _MASK
        i += 1
        if i == _WORDS:
            state[0] = state[-1]
            i = 1
    state[0] = 0x80000000
    return state

def _twist(state):
    """The next 624 numbers of the generator; changes `state`."""
    for i in range(_WORDS):
        y = (state[i] & 0x80000000) | (state[(i + 1) % _WORDS] & 0x7fffffff)
        state[i] = state[(i + 397) % _WORDS] ^ (y >> 1) ^ (0x9908b0df if y & 1 else 0)
    numbers = []
    for y in state:
        y = y ^ (y >> 11)
        y = y ^ ((y << 7) & 0x9d2c5680)
        y = y ^ ((y << 15) & 0xefc60000)
        numbers.append(y ^ (y >> 18))
    return numbers

def _index_of_position():
    """CPython's random.seed(88); random.shuffle(list(range(15625))), inverted."""
    positions = list(range(NUM_CELLS))
    state = _seeded(88)
    i = NUM_CELLS - 1
    bits = 14  # of i + 1

    # Of as many high bits as i + 1 has; a number beyond i is drawn again. 40
    # times 624 numbers are enough for this seed, which is checked below.
    for _ in range(40):
        for number in _twist(state):
            if i < 1:
                break
            if i + 1 < (1 << (bits - 1)):
                bits -= 1
            drawn = number >> (32 - bits)
            if drawn > i:
                continue
            positions[i], positions[drawn] = positions[drawn], positions[i]
            i -= 1
    if i >= 1:
        fail("the shuffle of the official indices did not end")
    indices = [0] * NUM_CELLS
    for index, position in enumerate(positions):
        indices[position] = index
    return indices

# By the code read as a number in base 5.
INDEX_OF_POSITION = _index_of_position()

def _index_of_operations(operations):
    position = 0
    for operation in operations:
        position = 5 * position + operation
    return INDEX_OF_POSITION[position]

def _architecture_operations(text):
    """Operations of "|op~0|+|op~0|op~1|+|op~0|op~1|op~2|", or None."""
    nodes = text.split("+")
    if len(nodes) != len(_SOURCES):
        return None
    operations = []
    for node, sources in zip(nodes, _SOURCES):
        edges = node.split("|")
        if len(edges) != len(sources) + 2 or edges[0] or edges[-1]:
            return None
        for edge, source in zip(edges[1:-1], sources):
            operation, _, found = edge.partition("~")
            if found != str(source) or operation not in _OPERATIONS:
                return None
            operations.append(_OPERATIONS.index(operation))
    return operations

def parse_cell(text):
    """The official index of any of a cell's three names, or None."""
    if "|" in text:
        operations = _architecture_operations(text)
        return None if operations == None else _index_of_operations(operations)
    if len(text) == 7 and text.startswith("c"):
        text = text[1:]  # a code as our CSV files have it
    if not text.isdigit():
        return None
    if len(text) == 6:
        digits = [int(digit) for digit in text.elems()]
        return _index_of_operations(digits) if max(digits) < 5 else None

    # A leading zero is more likely a code that lost a digit.
    if len(text) > 5 or (len(text) > 1 and text[0] == "0") or int(text) >= NUM_CELLS:
        return None
    return int(text)
