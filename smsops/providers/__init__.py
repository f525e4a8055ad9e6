"""Providers: what applying may know of any vendor, and one package for each vendor."""
