"""What training makes: one frozen value, written as .npz with JSON inside, never as pickle, and versioned."""

from collections.abc import Sequence
from typing import IO, Any, NamedTuple

import msgspec
import numpy as np
from scipy import sparse

from bot.engine.recommend.blend import PLAIN, Parts, Recipe, Scales, parts
from bot.engine.recommend.choice import Chosen, choose
from bot.engine.recommend.content import Terms, learn, vectors
from bot.engine.recommend.lean import lean
from bot.engine.recommend.past import Floats, Ints, Matrix, Past, PastError, gram
from bot.words import Word, from_json, to_json

VERSION = 2
"""Of the file. Whoever changes what is written raises it; an older model is trained anew, not converted."""


class ModelError(ValueError):
    """The file holds no model that this version can read; the message says what to do."""


class Model(NamedTuple):
    """A trained recommender of one community. Arrays are in the order of `items`, which are the library's numbers.

    `members` of them took anything. `by_term` are the texts once more, terms by items, in which a member's words are
    looked up in microseconds.
    """

    items: Ints
    chosen: Chosen
    made: Parts
    terms: Terms
    by_term: Matrix | None
    members: int

    @property
    def recipe(self) -> Recipe:
        return self.chosen.recipe


class _Meta(Word, frozen=True):
    version: int
    members: int
    chosen: Chosen
    scales: Scales
    words: tuple[str, ...]
    weights: bool = False
    texts: bool = False
    sparse: bool = False


def train(known: Past, items: Ints, texts: Sequence[str] | None = None, chosen: Chosen | None = None) -> Model:
    """The model of a community's past; `items` are numbers for its columns, `texts` what each is about.

    Without `chosen` the recipe is chosen first, which takes most of the time. The same input gives the same model, to
    the byte on the same machine; the order of members matters only above the sizes of the samples. Of many items each
    keeps only the weights that count (`lean`).
    Raises PastError where `items` or `texts` are not one for each column.
    """
    for what, given in (("numbers", items), ("texts", texts)):
        if given is not None and len(given) != known.taken.shape[1]:
            raise PastError(f"there are {len(given)} {what} for {known.taken.shape[1]} items")
    words, about = (Terms((), np.zeros(0, np.float32)), None) if texts is None else read_texts(texts)
    decided = chosen or choose(known, about)
    weighed = decided.recipe.family not in PLAIN  # the Gram matrix of many items takes as much as the bot itself
    both = gram(known.taken) if weighed else np.zeros((0, 0), np.float32)
    made = parts(known.taken, both, about, decided.recipe)
    if made.weights is not None:
        made = made._replace(weights=lean(made.weights))
    return Model(items, decided, made, words, None if about is None else about.T.tocsr(),
                 int((np.diff(known.taken.indptr) > 0).sum()))  # fmt: skip


def read_texts(texts: Sequence[str]) -> tuple[Terms, Matrix]:
    """The vocabulary of the items' texts, and the texts in it."""
    words = learn(texts)
    return words, vectors(words, texts)


def write(model: Model, file: IO[bytes]) -> None:
    """Write the model: arrays as they are, the rest as JSON. 10,000 items take some 15 MB."""
    arrays: dict[str, Any] = {
        "items": model.items,
        "popular": model.made.popular,
        "weighs": model.terms.weighs,
    }
    dense = isinstance(model.made.weights, np.ndarray)
    if dense:
        arrays["weights"] = model.made.weights
    elif model.made.weights is not None:
        arrays |= _cells("weight", model.made.weights)
    if model.made.texts is not None:
        arrays |= _cells("text", model.made.texts)
    meta = _Meta(
        version=VERSION,
        members=model.members,
        chosen=model.chosen,
        scales=model.made.scales,
        words=model.terms.words,
        weights=dense,
        sparse=model.made.weights is not None and not dense,
        texts=model.made.texts is not None,
    )
    np.savez(file, meta=np.frombuffer(to_json(meta), np.uint8), **arrays)


def _cells(name: str, made: Matrix) -> dict[str, Any]:
    return {f"{name}_data": made.data, f"{name}_indices": made.indices, f"{name}_indptr": made.indptr}


def _matrix(found: Any, name: str, shape: tuple[int, int]) -> Matrix:
    return sparse.csr_matrix((found[f"{name}_data"], found[f"{name}_indices"], found[f"{name}_indptr"]), shape=shape)


def read(file: IO[bytes]) -> Model:
    """Read what `write` wrote. Raises ModelError where it is something else, damaged, or of another version."""
    try:
        with np.load(file, allow_pickle=False) as found:
            return _model(found)
    except ModelError:
        raise
    except Exception as error:  # of damaged bytes there is no list of what zipfile and numpy raise
        raise ModelError("this file holds no recommender: train it anew") from error


def _model(found: Any) -> Model:
    raw = found["meta"].tobytes()
    version = msgspec.json.decode(raw)["version"]
    if version != VERSION:
        raise ModelError(f"the recommender is of version {version}, this Lyceum reads {VERSION}: train it anew")
    meta = from_json(_Meta, raw)
    popular: Floats = found["popular"]
    size = len(popular)
    texts = _matrix(found, "text", (size, len(meta.words))) if meta.texts else None
    weights = found["weights"] if meta.weights else None
    if meta.sparse:
        weights = _matrix(found, "weight", (size, size))
    made = Parts(popular, weights, texts, meta.scales)
    items: Ints = found["items"]
    weighs: Floats = found["weighs"]
    if not _fitting(items, made, weighs, len(meta.words)):
        raise ModelError("the parts of this recommender do not fit together: train it anew")
    by_term = None if texts is None else texts.T.tocsr()
    return Model(items, meta.chosen, made, Terms(meta.words, weighs), by_term, meta.members)


def _fitting(items: Ints, made: Parts, weighs: Floats, words: int) -> bool:
    """Whether all parts are of the same items and words, and hold numbers."""
    size = len(made.popular)
    shapes = items.shape == made.popular.shape == (size,) and weighs.shape == (words,)
    whole = [made.popular, weighs]
    for part in (made.weights, made.texts):
        if isinstance(part, np.ndarray):
            shapes = shapes and part.shape == (size, size)
            whole.append(part)
        elif part is not None:
            part.check_format(full_check=True)  # an index too large would be looked up beyond the array
            whole.append(part.data)
    numbers = np.issubdtype(items.dtype, np.integer) and all(np.issubdtype(one.dtype, np.floating) for one in whole)
    return bool(shapes and numbers and all(np.isfinite(one).all() for one in whole))
