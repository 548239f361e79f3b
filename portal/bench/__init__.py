"""The performance figures of bin/bench: each a ratio to something measured in the same run."""
