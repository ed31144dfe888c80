"""Which setting of ours reproduces which neuron of other frameworks, found by running both."""
