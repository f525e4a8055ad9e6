"""smsops: Tencent Cloud SMS signs and templates as code."""

__version__ = "0.2.0"
