"""The bundles these tests write, and what forgers do to them."""

import json

import numpy as np
from vectors.networks import PROGRAMS, images

from fixedpoint import Format, IntIF, write_layer_bundle, write_neuron_bundle
from fixedpoint.vectors.files import SUMS, UNHASHED, sums
from fixedpoint.vectors.manifest import MANIFEST, identity
from fixedpoint.vectors.network import write_network_bundle
from fixedpoint.vectors.scalar import write_scalar_bundle
from fixedpoint.vectors.schema import canonical


def layer(out):
    return write_layer_bundle(
        out,
        "dense0",
        weight=np.arange(-6, 6).reshape(3, 4),
        weight_format=Format(True, 5),
        neuron=IntIF(theta=4, v_init=2),
        spikes_in=np.arange(5 * 6 * 4).reshape(5, 6, 4) % 2,
    )


WRITERS = {
    "network": lambda out: write_network_bundle(out, PROGRAMS["pascal"](), images(2)),
    "final": lambda out: write_network_bundle(out, PROGRAMS["dual"](), images(2), trace="final"),
    "scalar": lambda out: write_scalar_bundle(out, "cast", in_format=Format(True, 6)),
    "neuron": lambda out: write_neuron_bundle(out, "if", samples=16, seed=7),
    "layer": layer,
}


def rehash(bundle):
    """Make SHA256SUMS right again."""
    names = (p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file())
    files = {name: (bundle / name).read_bytes() for name in names if name not in UNHASHED}
    (bundle / SUMS).write_bytes(sums(files))


def forge(bundle, change):
    """Change the manifest and make its identity and SHA256SUMS right again."""
    path = bundle / MANIFEST
    data = json.loads(path.read_text("utf-8"))
    change(data)
    data["bundle_id"] = identity(data)
    path.write_text(canonical(data), "utf-8")
    rehash(bundle)


def places(value, at=()):
    """Every place in a JSON document, as keys and indices from the root."""
    yield at
    items = value.items() if isinstance(value, dict) else ()
    for key, item in enumerate(value) if isinstance(value, list) else items:
        yield from places(item, (*at, key))
