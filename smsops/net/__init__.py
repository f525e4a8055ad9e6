"""The network: proxies, TLS trust, deadlines, and an HTTP transport of them. Knows no vendor."""
