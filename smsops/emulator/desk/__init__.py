"""The desk: a web page on the emulator's port, for people who look at what it does.

``desk`` answers its requests, ``guard`` says whose, ``views`` turns what the emulator holds into
what a page shows, ``page`` writes that as HTML, ``words`` has every text in both languages,
``live`` tells open pages that something happened. Pages work without scripts; only following what
happens needs one.
"""
