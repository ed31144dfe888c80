"""Another file of the same layout: other T, L and shapes, other groups, fewer fields."""

import re

import numpy as np
import pytest
from oracle.ledger import Ledger
from oracle.oracle_files import BUNDLED, ORACLES, groups, load, one_of_each

HINTS = r".*_(n_const|n_var|n_neartie|act_names|\w+_if_order)"
"""Inputs that a file may lack."""


LETTERED = [name for name in ORACLES if name in ("qcfs.npz", "pascal.npz")]
"""Files whose groups have a letter that says what their numbers are like."""


def replay_all(name, fields, path):
    """Write a file, read it back, replay it whole, and demand a full account."""
    np.savez(path / name, **fields)
    ledger = Ledger(load(path / name))
    found = groups(name, ledger)
    for kind, group in found:
        kind.replay(group)
        if kind.exact:
            kind.exact(group)
    assert ledger.unaccounted(ORACLES[name].exceptions) == []
    assert not ledger.inputs & set(ledger.tolerance)
    return [group.prefix for _, group in found]


def bundled(name):
    if not (BUNDLED / name).is_file():
        pytest.skip(f"no {name}")
    return load(BUNDLED / name)


def prefixes(name):
    """The first group of each kind of the bundled file."""
    if not (BUNDLED / name).is_file():
        return []
    ledger = Ledger(load(BUNDLED / name))
    return [kind.groups(ledger)[0].prefix for kind in ORACLES[name].kinds]


@pytest.mark.parametrize(
    ("name", "prefix"), [(name, prefix) for name in ORACLES for prefix in prefixes(name)]
)
def test_any_output_may_be_missing(name, prefix, tmp_path):
    """Each name of a field in turn, in all layers and lists at once."""
    fields = {k: v for k, v in bundled(name).items() if k.startswith((prefix + "_", prefix + "."))}
    ledger = Ledger(fields)
    for kind, group in groups(name, ledger):
        kind.replay(group)
    hints = [key for key in fields if re.fullmatch(HINTS, key)]
    for key in one_of_each([*ledger.tolerance, *hints]):
        pattern = re.sub(r"\d+(_\d+)*", r"[\\d_]+", key)
        fewer = {k: v for k, v in fields.items() if not re.fullmatch(pattern, k)}
        assert len(fewer) < len(fields)
        replay_all(name, fewer, tmp_path)


def test_the_thresholds_may_be_given_once(tmp_path):
    """Without the modules' own, the neurons' thresholds are an input."""
    fields = {k: v for k, v in bundled("qcfs.npz").items() if not k.endswith(".up")}
    assert "D" in replay_all("qcfs.npz", fields, tmp_path)


@pytest.mark.parametrize("name", LETTERED)
def test_a_group_may_have_another_letter_and_stand_alone(name, tmp_path):
    """Every ``_f_`` group under the letter s; the rest of the file gone."""
    renamed = {
        re.sub(r"_f_", "_s_", key, count=1): value
        for key, value in bundled(name).items()
        if "_f_" in key
    }
    found = replay_all(name, renamed, tmp_path)
    assert found
    assert all(prefix.endswith("_s") for prefix in found)


def test_fewer_steps_and_samples(tmp_path):
    """T = 6 of the IF neuron and of the perceptron; counts after every step."""
    steps, samples = 6, 3
    source = bundled("qcfs.npz")
    fields = {k: v for k, v in source.items() if re.fullmatch(r"B_d_theta|C_d_(W\d|b\d|theta)", k)}
    for key in ("B_d_x", "B_d_spk", "B_d_v_norm"):
        fields[key] = source[key][:steps]
    fields["C_d_x"] = source["C_d_x"][:samples]
    fields["C_d_snn_out"] = source["C_d_snn_out"][:steps, :samples]
    for i in range(len(source["C_d_theta"])):
        shape = source[f"C_d_snn_shape{i}"]
        spikes = np.unpackbits(source[f"C_d_snn_spk{i}"], count=int(np.prod(shape)))
        part = spikes.reshape(shape)[:steps, :samples]
        fields[f"C_d_snn_spk{i}"], fields[f"C_d_snn_cum{i}"] = np.packbits(part), part.cumsum(0)
    assert replay_all("qcfs.npz", fields, tmp_path) == ["B_d", "C_d"]


def released_hidden(x, theta, t_out):
    """Eqs. (5)-(9) of the PASCAL note in float32, by the letter."""
    eps, seen, fired = np.float32(8e-5), [], []

    def spike(a):
        seen.append(a)
        fired.append((a >= -eps).astype(np.float32))
        return fired[-1]

    m, count = np.full(x.shape[1], theta / 2, np.float32), np.zeros(x.shape[1], np.float32)
    for frame in x:
        m = m + frame
        s = spike(m - theta)
        m, count = m - theta * s, count + theta * s
    for _ in range(max(len(x), t_out) - 1):
        s, q = spike(m - theta), (m < 0).astype(np.float32)
        m, count = m - theta * s + theta * q, count + theta * (s - q)
    for _ in range(t_out):
        count = count - theta * spike(count - theta)
    return np.stack(seen), np.stack(fired)


@pytest.mark.parametrize(("t_in", "t_out", "thresh"), [(3, 5, 0.7), (7, 3, 0.05), (1, 1, 2.5)])
def test_other_lengths_of_the_hidden_neuron(t_in, t_out, thresh, tmp_path):
    """A replica of the equations at lengths the bundled file does not have."""
    rng = np.random.default_rng(t_in)
    x = (rng.standard_normal((t_in, 50)) * thresh).astype(np.float32)
    lam = np.float32(thresh)
    seen, fired = released_hidden(x, lam / np.float32(t_out), t_out)
    prefix = f"B_T{t_in}_T{t_out}_s"
    fields = {"x": x, "thresh": lam, "cnt": fired[-t_out:], "trace_in": seen, "trace_spk": fired}
    fields = {f"{prefix}_{key}": np.asarray(value) for key, value in fields.items()}
    assert replay_all("pascal.npz", fields, tmp_path) == [prefix]


@pytest.mark.parametrize(("levels", "lam"), [(3, 0.7312), (5, 1.0), (1, 0.3)])
def test_other_levels_of_the_activation(levels, lam, tmp_path):
    """Eqs. (1) and (3) of the QCFS note in float32, by the letter."""
    z = np.random.default_rng(levels).uniform(-lam, 2 * lam, 60).astype(np.float32)
    lam, n = np.float32(lam), np.float32(levels)
    step = np.floor(z / lam * n + np.float32(0.5)) / n
    band = ((step >= 0) & (step <= 1)).astype(np.float32)
    slope = lam * band / n * n
    y = np.clip(step, 0, 1) * lam
    fields = {
        "z": z,
        "lambda": lam,
        "y": y,
        "dydz": slope / lam,
        "dydlambda": np.clip(step, 0, 1) - slope * (z / lam / lam),
    }
    prefix = f"A_L{levels}_f"
    fields = {f"{prefix}_{key}": np.asarray(value) for key, value in fields.items()}
    assert replay_all("qcfs.npz", fields, tmp_path) == [prefix]


@pytest.mark.parametrize("steps", [1, 5])
def test_fewer_steps_of_the_signed_neurons(steps, tmp_path):
    """Other T and batch, one group alone. A shift of theta/(2T) belongs to its own T: left out."""
    source = bundled("error_compensation.npz")
    fields = {"n7_theta": source["n1_theta"]}
    for key, value in source.items():
        if key.startswith("n1_") and value.ndim == 3 and "denggu" not in key:
            fields["n7" + key[2:]] = value[:2, :steps]
    assert replay_all("error_compensation.npz", fields, tmp_path) == ["n7"]


def test_one_length_and_fewer_images_of_the_signed_network(tmp_path):
    source = bundled("error_compensation.npz")
    fields = {k: v for k, v in source.items() if re.fullmatch(r"net_([Wb]\d|theta\d)", k)}
    batched = r"net_(X|T2_.*|L2_.*)"
    fields |= {k: v[:1] for k, v in source.items() if re.fullmatch(batched, k)}
    assert replay_all("error_compensation.npz", fields, tmp_path) == ["net"]


def test_a_burst_group_of_another_name_with_fewer_cases(tmp_path):
    """One T, two burst limits, one ratio, fewer samples, and a conversion without its tables."""
    source = bundled("adaptive_calibration.npz")
    fields = {f"other.{k}": source[f"lin.{k}"] for k in ("W", "b", "theta")}
    fields |= {"other.Ts": np.array([8]), "other.phis": source["lin.phis"][:2]}
    fields |= {f"other.{k}": source[f"lin.{k}"][:1] for k in ("rhos", "theta_rho")}
    fields["other.T8.var.x"] = source["lin.T8.var.x"][:, :2]
    for name in ("n", "v"):
        fields[f"other.T8.var.{name}"] = source[f"lin.T8.var.{name}"][:2, :1, :, :2]
    kept = r"cnn\.(ann\..+|layers|cfg|ratios|cal_.+|eval_[xy]|final\..+|iat\.entropy\..+)"
    fields |= {k.replace("cnn.", "net."): v for k, v in source.items() if re.fullmatch(kept, k)}
    assert replay_all("adaptive_calibration.npz", fields, tmp_path) == ["other", "net"]


def test_a_channel_without_threshold_replays(tmp_path, monkeypatch):
    """Dead in the source network: threshold 0, and -1 in the table of spikes."""
    source, computed = bundled("adaptive_calibration.npz"), {}
    fields = {k: np.array(v) for k, v in source.items() if k.startswith("cnn.")}
    fields["cnn.ann.1.bias"][2] = -99.0
    monkeypatch.setattr(
        Ledger, "compare", lambda self, key, value, tol=0: computed.update({key: value})
    )
    ledger = Ledger(fields)
    for kind, group in groups("adaptive_calibration.npz", ledger):
        kind.replay(group)
    dead = np.arange(4) == 2
    np.testing.assert_array_equal(computed["cnn.s1.0.thr"].ravel() == 0, dead)
    np.testing.assert_array_equal((computed["cnn.final.0.n"] == -1).all((0, 1, 3, 4)), dead)
    assert np.isfinite(computed["cnn.final.logits_step"]).all()
