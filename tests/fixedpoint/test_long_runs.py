"""Long runs: millions of draws of what the ordinary tests show on small cases."""

import numpy as np
import pytest

from fixedpoint import stimuli
from fixedpoint.neurons import IntPascal, pascal_count, run_neuron

pytestmark = pytest.mark.nightly
DRAWS = 200_000


@pytest.mark.parametrize("t_in", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("t_out", [1, 2, 4, 8])
def test_pascal_count_is_the_level(t_in, t_out):
    seed = 100 * t_in + t_out
    currents = stimuli.integers(seed, -96, 128, DRAWS * t_in).reshape(t_in, DRAWS)
    theta = stimuli.integers(seed + 7, 1, 64, DRAWS)
    run = run_neuron(IntPascal(theta=theta, v_init=theta // 2, t_out=t_out), currents)
    np.testing.assert_array_equal(run.count, pascal_count(currents.sum(axis=0), theta, t_out))
