"""Sources of applications: which templates they send with, and with how many parameters."""
