"""Checks the cells and seeds that a flag or a rule names, before anything runs."""

load("//nas:official_index.bzl", "NUM_CELLS", "parse_cell")

_LARGEST_SEED = 4294967295

def _each_once(where, kind, words, values):
    by_value = {}
    for word, value in zip(words, values):
        if value in by_value:
            fail("{}: expected each {} once, found '{}' and '{}', both {} {}".format(
                where,
                kind,
                by_value[value],
                word,
                kind,
                value,
            ))
        by_value[value] = word
    return values

def cells_of(where, words):
    """The official indices, as text, of cells by any of their names.

    Fails on what names no cell and on a cell that is named twice. Cells of one
    isomorphism class are different ones here: they are trained as they are.

    Args:
      where: flag or attribute, for messages.
      words: indices, codes or architecture strings.

    Returns:
      as many indices, in the same order.
    """
    values = []
    for word in words:
        index = parse_cell(word)
        if index == None:
            fail(("{}: expected an official index (0 to {}), a code of six digits 0 to 4 " +
                  "or an architecture string, found '{}'").format(where, NUM_CELLS - 1, word))
        values.append(str(index))
    return _each_once(where, "cell", words, values)

def seeds_of(where, words):
    """Seeds as text without leading zeros; fails on others and on one given twice."""
    values = []
    for word in words:
        value = word.lstrip("0") or "0"
        if not word.isdigit() or len(value) > 10 or int(value) > _LARGEST_SEED:
            fail("{}: expected a whole number, 0 to {}, found '{}'".format(
                where,
                _LARGEST_SEED,
                word,
            ))
        values.append(value)
    return _each_once(where, "seed", words, values)
