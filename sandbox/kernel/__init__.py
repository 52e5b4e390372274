"""The kernel: simulated state and its laws. No I/O, no web framework."""
