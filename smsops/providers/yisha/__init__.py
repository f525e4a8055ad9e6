"""The Yisha gateway (一砂): forms in, JSON out, an authorization that the environment brings."""
