"""Names for addresses from the names of objects: pinyin for Chinese. The one door to pypinyin."""

from __future__ import annotations

import unicodedata

from smsops.adoption.drafts import normalised

#: Characters of a name that a person still reads; a word that goes beyond is left out.
READABLE = 40


def romanised(name: str) -> str:
    """A name by our rule: ``登录验证码`` becomes ``deng-lu-yan-zheng-ma``; empty where nothing in
    it can be read out.
    """
    from pypinyin import lazy_pinyin

    plain = unicodedata.normalize("NFKC", name)
    found = normalised(*lazy_pinyin(plain))
    if len(found) <= READABLE:
        return found
    return found[: READABLE + 1].rpartition("-")[0] or found[:READABLE]
