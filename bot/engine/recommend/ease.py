"""How much having taken one item speaks for another: EASE in closed form, and shrunk cosine.

Both make a square matrix B with a zero diagonal, and a member who took the items k scores item j by Σₖ B[k, j].
"""

import numpy as np
from scipy.linalg import lapack

from bot.engine.recommend.past import Floats


class SingularError(ValueError):
    """The matrix can't be inverted: λ is too small for these data."""


def ease(both: Floats, strength: float) -> Floats:
    """The item weights of EASE, float32, from the Gram matrix XᵀX and λ = `strength` > 0.

    H. Steck, Embarrassingly Shallow Autoencoders for Sparse Data, WWW 2019, equation 8:

        P = (XᵀX + λ·I)⁻¹,    B[i, j] = 0 where i = j, else −P[i, j] / P[j, j]

    the exact minimum of ‖X − X·B‖² + λ·‖B‖² under a zero diagonal. XᵀX + λ·I is symmetric and positive, so a Cholesky
    factorisation inverts it in place; `both` itself is left as it is. Memory: two matrices of 4 bytes × items².
    """
    weights = np.array(both, np.float32, order="F")
    weights[np.diag_indices_from(weights)] += np.float32(strength)
    weights, failed = lapack.spotrf(weights, lower=1, clean=0, overwrite_a=1)
    if failed == 0:
        weights, failed = lapack.spotri(weights, lower=1, overwrite_c=1)
    if failed:
        raise SingularError(f"λ = {strength} is too small to invert a matrix of {len(both)} items")
    _mirror(weights)
    weights /= -np.diag(weights).copy()
    np.fill_diagonal(weights, 0)
    return np.ascontiguousarray(weights)


def _mirror(square: Floats, block: int = 1024) -> None:
    """Copy the lower triangle to the upper in place, by blocks, as a whole copy would take as much memory again."""
    size = len(square)
    for start in range(0, size, block):
        stop = min(start + block, size)
        corner = np.tril(square[start:stop, start:stop])
        square[start:stop, start:stop] = corner + np.tril(corner, -1).T
        square[start:stop, stop:] = square[stop:, start:stop].T


def cosine(both: Floats, shrink: float) -> Floats:
    """The cosine of each two items over members, float32, shrunk towards 0 where few took both; diagonal 0.

    B[i, j] = (XᵀX)[i, j] / (√(nᵢ·nⱼ) + `shrink`), n the number of takers: the ItemKNN of the field with all neighbours.
    """
    size = np.sqrt(np.diag(both))
    weights = (both / (np.outer(size, size) + np.float32(shrink) + np.float32(1e-9))).astype(np.float32)
    np.fill_diagonal(weights, 0)
    return weights
