"""Talking to Tencent Cloud: credentials, endpoints, signatures, pacing, and what replies mean."""
