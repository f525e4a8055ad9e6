"""Tencent Cloud SMS, API version 2019-07-11: other names for the same calls."""
