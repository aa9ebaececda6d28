"""Finds the name that someone means who typed it, among those that exist.

The rules and messages are those of the robbench command
(analysis/table/name_resolver.h and nas/base/name.h of the repository):

1. the name, letter by letter, apart from blanks around it;
2. the same with other case, "_" or "-": CIFAR-10, ImageNet16-120, PGD-8;
3. an alias: imagenet and imagenet16 for imagenet16_120, the authors'
   val_pgd_8.0_acc for pgd_8; the field's params for parameters, FLOPs and MACs
   for multiply_adds, AA for autoattack;
4. of a predictor the name without "proxy_", and of those that clean images are
   for without "_clean": snip_pgd_8 for proxy_snip_pgd_8, naswot for
   proxy_naswot_clean.
"""

from typing import List, Optional, Sequence

from .errors import UnknownNameError

_PREDICTOR = "proxy_"
_MOST_LETTERS = 64
_MOST_LISTED = 40
_MOST_MEANT = 6
_BLANKS = " \t\n\v\f\r"
_UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Of ASCII alone: no rule of a language changes what a name is.
_TO_LOWER = str.maketrans(_UPPER, _UPPER.lower())
_METRIC_ALIASES = {"params": "parameters", "flops": "multiply_adds",
                   "macs": "multiply_adds", "aa": "autoattack"}
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "'": "\\'",
            "\\": "\\\\"}


def _lower(name: str) -> str:
    return name.translate(_TO_LOWER)


def escaped(text: str) -> str:
    """Text for a message: one line of ASCII, as C writes a string."""
    out = []
    for byte in text.encode("utf-8", "surrogatepass"):
        letter = chr(byte)
        if letter in _ESCAPES:
            out.append(_ESCAPES[letter])
        elif 32 <= byte < 127:
            out.append(letter)
        else:
            out.append(f"\\x{byte:02x}")
    return "".join(out)


def quoted(name: str) -> str:
    """Returns the name in quotes for a message: escaped, cut where it is long.

    >>> print(quoted("pgd"))
    "pgd"
    """
    cut = "..." if len(name) > _MOST_LETTERS else ""
    return f'"{escaped(name[:_MOST_LETTERS])}{cut}"'


def folded(name: str) -> str:
    """Lower case without "_" and "-".

    >>> folded(" CIFAR-10 ")
    'cifar10'
    """
    return _lower(name.strip(_BLANKS)).replace("_", "").replace("-", "")


def _check_text(what: str, name: object) -> None:
    if not isinstance(name, str):
        raise UnknownNameError(
            f"{what}: expected a name as text, found {name!r}")


def find(name: str, candidates: Sequence[str]) -> Optional[str]:
    """Returns the candidate that equals `name`, else the only one that has the
    same folded name, else None."""
    wanted = name.strip(_BLANKS)
    if wanted in candidates:
        return wanted
    key = folded(wanted)
    found = [other for other in candidates if folded(other) == key]
    return found[0] if len(found) == 1 else None


def _edit_distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            above = row[j]
            row[j] = min(above + 1, row[j - 1] + 1,
                         diagonal + (letter != other))
            diagonal = above
    return row[-1]


def nearest(name: str, candidates: Sequence[str]) -> List[str]:
    """Returns the candidates that may have been meant; the list may be empty.

    >>> nearest("pgd", ["clean", "pgd_3", "pgd_8"])
    ['pgd_3', 'pgd_8']
    >>> nearest("claen", ["clean", "pgd_3", "pgd_8"])
    ['clean']
    """
    wanted = _lower(name.strip(_BLANKS)[:_MOST_LETTERS])
    if wanted:
        begun = [other for other in candidates
                 if _lower(other).startswith(wanted + "_")]
        if begun:
            return begun[:_MOST_MEANT]
    least, best = len(wanted) // 2 + 1, []
    for other in candidates:
        distance = _edit_distance(wanted, _lower(other))
        if distance < least:
            least, best = distance, [other]
    return best


def _listed(names: Sequence[str], last_joint: str) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last_joint} {names[-1]}"


def hint(name: str, candidates: Sequence[str]) -> str:
    """The end of a message: nearest names, then what there is.

    >>> hint("pgd", ["clean", "pgd_8"])
    '; did you mean pgd_8? It has clean and pgd_8'
    """
    near = nearest(name, candidates)
    text = "; "
    if near:
        text += f"did you mean {_listed(near, 'or')}? "
    if not candidates:
        return text + "it has none"
    shown = list(candidates[:_MOST_LISTED])
    if len(candidates) > _MOST_LISTED:
        shown.append(f"{len(candidates) - _MOST_LISTED} more")
    return f"{text}{'It' if near else 'it'} has {_listed(shown, 'and')}"


def canonical_metric(name: str) -> str:
    """Our name of an authors' metric; any other name as it is.

    >>> canonical_metric("val_pgd_8.0_acc"), canonical_metric("val_acc")
    ('pgd_8', 'clean')
    """
    while name != "val_acc":
        if not (name.startswith("val_") and name[4:].endswith("_acc")):
            return name
        name = name[4:-4]
        if name.endswith(".0"):
            name = name[:-2]
    return "clean"


def resolve_dataset(name: str, datasets: Sequence[str]) -> str:
    """One of `datasets`. UnknownNameError where none is meant."""
    _check_text("dataset", name)
    found = find(name, datasets)
    if found is not None:
        return found
    key = folded(name)
    if key in ("imagenet", "imagenet16") and "imagenet16_120" in datasets:
        return "imagenet16_120"
    text = ""
    if key == "cifar10valid" and "cifar10" in datasets:
        text = (": cifar10-valid is NAS-Bench-201's name for half of "
                "CIFAR-10's training images")
    raise UnknownNameError(
        f"the table has no data set {quoted(name.strip(_BLANKS))}{text}"
        f"{hint(name, datasets)}")


def resolve_metric(dataset: str, name: str, metrics: Sequence[str]) -> str:
    """One of `metrics`, those of `dataset`. UnknownNameError otherwise."""
    _check_text("metric", name)
    found = find(name, metrics)
    if found is not None:
        return found
    canonical = canonical_metric(_lower(name.strip(_BLANKS)))
    short = _short(canonical)
    alias = _METRIC_ALIASES.get(folded(canonical), canonical)
    for wanted in (canonical, alias, _PREDICTOR + short,
                   f"{_PREDICTOR}{short}_clean"):
        found = find(wanted, metrics)
        if found is not None:
            return found
    raise UnknownNameError(
        f"the table has no metric {quoted(name.strip(_BLANKS))} of {dataset}"
        f"{hint(short, _short_names(metrics))}")


def _short(name: str) -> str:
    return name[len(_PREDICTOR):] if name.startswith(_PREDICTOR) else name


def _short_names(metrics: Sequence[str]) -> List[str]:
    """The metrics as people write them: a predictor without "proxy_" and
    "_clean", where no other metric has that name."""
    names = []
    for metric in metrics:
        name = _short(metric)
        if name != metric:
            if (name.endswith("_clean")
                    and metric[:-len("_clean")] not in metrics):
                name = name[:-len("_clean")]
            if name in metrics:
                name = metric
        names.append(name)
    return names
