"""How much of a figure is chance. Everything is seeded: the same values give the same interval and the same p."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

SEED = 20_250_821
ROUNDS = 10_000
LARGEST_TABLE = 1_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of a figure over the questions, and its 95 % interval."""

    value: float
    low: float
    high: float


def estimate(values: Sequence[float]) -> Estimate:
    """Return the mean with its percentile bootstrap interval.

    Of the means of 10,000 samples of as many questions, drawn with replacement, the middle 95 % lie between its ends.
    """
    sample = np.asarray(values)
    chance = np.random.default_rng(SEED)
    means = [sample[chance.integers(0, len(sample), shape)].mean(axis=1) for shape in blocks(len(sample))]
    low, high = np.percentile(np.concatenate(means), [2.5, 97.5])
    return Estimate(float(sample.mean()), float(low), float(high))


def p_value(differences: Sequence[float]) -> float:
    """Return how likely a mean difference at least this far from 0 is if the two runs are equally good.

    Fisher's paired randomisation test, two-sided: in each of 10,000 rounds every question's two values change places or
    not, by chance. The observed arrangement counts as one round more, so that p is never 0.
    """
    sample = np.asarray(differences)
    observed = abs(sample.mean()) - 1e-12  # what is equal but for rounding is equal
    chance = np.random.default_rng(SEED)
    as_far = 0
    for shape in blocks(len(sample)):
        kept_or_changed = np.where(chance.random(shape) < 0.5, sample, -sample)
        as_far += int((abs(kept_or_changed.mean(axis=1)) >= observed).sum())
    return (as_far + 1) / (ROUNDS + 1)


def blocks(width: int) -> Iterator[tuple[int, int]]:
    """Yield the shapes of tables of ``width`` columns that come to 10,000 rows, none of them too large for memory."""
    height = max(1, LARGEST_TABLE // width)
    for done in range(0, ROUNDS, height):
        yield min(height, ROUNDS - done), width
