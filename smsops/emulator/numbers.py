"""Phone numbers as the service reads them: what SendSms accepts, and DescribePhoneNumberInfo tells.

Country codes are those of ITU-T E.164; where several countries share one, the longest prefix in the
table decides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

CHINA = "86"
#: What the service answers for a country or region that it does not know.
UNKNOWN_ISO = "DEF"
#: Digits of a number with its country code (E.164), and of the shortest that is taken.
_LONGEST, _SHORTEST = 15, 7

_FORM = re.compile(r"\+?\d{7,20}", re.ASCII)
_MAINLAND = re.compile(r"1[3-9]\d{9}", re.ASCII)


class Number(NamedTuple):
    """A number that was understood."""

    e164: str
    nation: str
    subscriber: str
    iso: str
    country: str

    @property
    def domestic(self) -> bool:
        """Whether it is of the Chinese mainland."""
        return self.nation == CHINA


@lru_cache(4096)
def parse(text: str) -> Number | None:
    """The number that ``text`` spells, ``None`` for none.

    E.164; numbers of the Chinese mainland also with 0086, 86 or nothing before their eleven
    digits, and with the 0 that people dial before them.
    """
    if not _FORM.fullmatch(text):
        return None
    if _MAINLAND.fullmatch(text):
        return _domestic(text)
    for prefix in ("+86", "0086", "86"):
        if text.startswith(prefix):
            rest = text.removeprefix(prefix).removeprefix("0")
            return _domestic(rest) if _MAINLAND.fullmatch(rest) else None
    if not text.startswith("+") or not _SHORTEST <= len(text) - 1 <= _LONGEST or text[1] == "0":
        return None
    digits = text[1:]
    for length in range(7, 0, -1):
        if (found := COUNTRIES.get(digits[:length])) is not None:
            nation, iso, country = found
            return Number(text, nation, digits[len(nation) :], iso, country)
    return Number(text, digits[:3], digits[3:], UNKNOWN_ISO, "")


def _domestic(subscriber: str) -> Number:
    return Number(f"+86{subscriber}", CHINA, subscriber, "CN", "China")


# Prefix, ISO 3166 code, name; the country code is all of the prefix, but for 1 and 7.
_TABLE = """
1 US United States|1204 CA Canada|1226 CA Canada|1236 CA Canada|1249 CA Canada|1250 CA Canada
1289 CA Canada|1306 CA Canada|1343 CA Canada|1365 CA Canada|1367 CA Canada|1403 CA Canada
1416 CA Canada|1418 CA Canada|1431 CA Canada|1437 CA Canada|1438 CA Canada|1450 CA Canada
1506 CA Canada|1514 CA Canada|1519 CA Canada|1548 CA Canada|1579 CA Canada|1581 CA Canada
1587 CA Canada|1604 CA Canada|1613 CA Canada|1639 CA Canada|1647 CA Canada|1672 CA Canada
1705 CA Canada|1709 CA Canada|1778 CA Canada|1780 CA Canada|1782 CA Canada|1807 CA Canada
1819 CA Canada|1825 CA Canada|1867 CA Canada|1873 CA Canada|1902 CA Canada|1905 CA Canada
1242 BS Bahamas|1246 BB Barbados|1264 AI Anguilla|1268 AG Antigua and Barbuda
1284 VG British Virgin Islands|1345 KY Cayman Islands|1441 BM Bermuda|1473 GD Grenada
1649 TC Turks and Caicos Islands|1664 MS Montserrat|1671 GU Guam|1684 AS American Samoa
1721 SX Sint Maarten|1758 LC Saint Lucia|1767 DM Dominica|1784 VC Saint Vincent and the Grenadines
1787 PR Puerto Rico|1939 PR Puerto Rico|1809 DO Dominican Republic|1829 DO Dominican Republic
1849 DO Dominican Republic|1868 TT Trinidad and Tobago|1869 KN Saint Kitts and Nevis
1876 JM Jamaica|1658 JM Jamaica|7 RU Russia|76 KZ Kazakhstan|77 KZ Kazakhstan
20 EG Egypt|211 SS South Sudan|212 MA Morocco|213 DZ Algeria|216 TN Tunisia|218 LY Libya
220 GM Gambia|221 SN Senegal|222 MR Mauritania|223 ML Mali|224 GN Guinea|225 CI Ivory Coast
226 BF Burkina Faso|227 NE Niger|228 TG Togo|229 BJ Benin|230 MU Mauritius|231 LR Liberia
232 SL Sierra Leone|233 GH Ghana|234 NG Nigeria|235 TD Chad|236 CF Central African Republic
237 CM Cameroon|238 CV Cape Verde|239 ST Sao Tome and Principe|240 GQ Equatorial Guinea
241 GA Gabon|242 CG Republic of the Congo|243 CD Democratic Republic of the Congo|244 AO Angola
245 GW Guinea-Bissau|248 SC Seychelles|249 SD Sudan|250 RW Rwanda|251 ET Ethiopia|252 SO Somalia
253 DJ Djibouti|254 KE Kenya|255 TZ Tanzania|256 UG Uganda|257 BI Burundi|258 MZ Mozambique
260 ZM Zambia|261 MG Madagascar|262 RE Reunion|263 ZW Zimbabwe|264 NA Namibia|265 MW Malawi
266 LS Lesotho|267 BW Botswana|268 SZ Eswatini|269 KM Comoros|27 ZA South Africa|291 ER Eritrea
297 AW Aruba|298 FO Faroe Islands|299 GL Greenland|30 GR Greece|31 NL Netherlands|32 BE Belgium
33 FR France|34 ES Spain|350 GI Gibraltar|351 PT Portugal|352 LU Luxembourg|353 IE Ireland
354 IS Iceland|355 AL Albania|356 MT Malta|357 CY Cyprus|358 FI Finland|359 BG Bulgaria
36 HU Hungary|370 LT Lithuania|371 LV Latvia|372 EE Estonia|373 MD Moldova|374 AM Armenia
375 BY Belarus|376 AD Andorra|377 MC Monaco|378 SM San Marino|380 UA Ukraine|381 RS Serbia
382 ME Montenegro|383 XK Kosovo|385 HR Croatia|386 SI Slovenia|387 BA Bosnia and Herzegovina
389 MK North Macedonia|39 IT Italy|40 RO Romania|41 CH Switzerland|420 CZ Czech Republic
421 SK Slovakia|423 LI Liechtenstein|43 AT Austria|44 GB United Kingdom|45 DK Denmark|46 SE Sweden
47 NO Norway|48 PL Poland|49 DE Germany|501 BZ Belize|502 GT Guatemala|503 SV El Salvador
504 HN Honduras|505 NI Nicaragua|506 CR Costa Rica|507 PA Panama|508 PM Saint Pierre and Miquelon
509 HT Haiti|51 PE Peru|52 MX Mexico|53 CU Cuba|54 AR Argentina|55 BR Brazil|56 CL Chile
57 CO Colombia|58 VE Venezuela|590 GP Guadeloupe|591 BO Bolivia|592 GY Guyana|593 EC Ecuador
594 GF French Guiana|595 PY Paraguay|596 MQ Martinique|597 SR Suriname|598 UY Uruguay
599 CW Curacao|60 MY Malaysia|61 AU Australia|62 ID Indonesia|63 PH Philippines|64 NZ New Zealand
65 SG Singapore|66 TH Thailand|670 TL Timor-Leste|673 BN Brunei|674 NR Nauru|675 PG Papua New Guinea
676 TO Tonga|677 SB Solomon Islands|678 VU Vanuatu|679 FJ Fiji|680 PW Palau|682 CK Cook Islands
685 WS Samoa|686 KI Kiribati|687 NC New Caledonia|688 TV Tuvalu|689 PF French Polynesia
691 FM Micronesia|692 MH Marshall Islands|81 JP Japan|82 KR South Korea|84 VN Vietnam
852 HK Hong Kong, China|853 MO Macao, China|855 KH Cambodia|856 LA Laos|880 BD Bangladesh
886 TW Taiwan, China|90 TR Turkey|91 IN India|92 PK Pakistan|93 AF Afghanistan|94 LK Sri Lanka
95 MM Myanmar|960 MV Maldives|961 LB Lebanon|962 JO Jordan|963 SY Syria|964 IQ Iraq|965 KW Kuwait
966 SA Saudi Arabia|967 YE Yemen|968 OM Oman|970 PS Palestine|971 AE United Arab Emirates
972 IL Israel|973 BH Bahrain|974 QA Qatar|975 BT Bhutan|976 MN Mongolia|977 NP Nepal|98 IR Iran
992 TJ Tajikistan|993 TM Turkmenistan|994 AZ Azerbaijan|995 GE Georgia|996 KG Kyrgyzstan
998 UZ Uzbekistan
"""


def _countries() -> Mapping[str, tuple[str, str, str]]:
    made: dict[str, tuple[str, str, str]] = {}
    for entry in _TABLE.strip().replace("\n", "|").split("|"):
        prefix, iso, name = entry.split(" ", 2)
        nation = prefix[0] if prefix[0] in "17" else prefix
        made[prefix] = (nation, iso, name)
    return made


#: Prefix -> (country code, ISO code, name).
COUNTRIES = _countries()
