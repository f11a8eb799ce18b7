"""Words by which column names give away what they hold, in English and Finnish."""

from __future__ import annotations

import re
import unicodedata

_PATTERNS = {
    "unit": r"""unit|team|grp|branch|dept|department|store|shop|office|school|dbn|hospital|ward|clinic|hotel|restaurant
        |region|location|site|project|group|yksik|tiimi|toimip|osasto|myymal|konttori|koulu|sairaala|alue|projekti
        |ryhma|piste""",
    "person": r"employee|customer|client|respondent|person|user|vastaaja|henkilo|asiakas|tyontekija|respnum|^id$",
    "identifier": r"(^|_|\s)(id|nro|num|number|code|koodi|tunnus)$|respnum|^id(_|\s|$)|respondent|vastaaja",
    "demographic": r"""gender|sex$|sukup|^age$|age_?group|^ika|ikaryh|education|koulutus|language|kieli|senior|marital
        |siviili|tutkinto|degree|occupation|ammatti|nationality|kansalai|income|tulot""",
    "background": r"""tenure|year|vuo[ds]|count|lukum|price|hinta|revenue|liikevaihto|zip|postin|phone|puh|^lat$|^lon
        |^lng$|row|rivi|duration|kesto|size|koko|grade$|level|taso|type|tyyppi""",
    "contact": r"""e-?mail|sahkoposti|phone|puhelin|^name$|^nimi$|first_?name|last_?name|etunimi|sukunimi|address
        |osoite|(^|_)ip($|_)""",
    "period": r"^(period|wave|round|year|quarter|month|kausi|jakso|ajanjakso|aalto|vuosi|kvartaali|neljannes|kuukausi)",
    "time": r"time$|date|stamp|pvm|(^|_)aika$",
    "weight": r"^(weight|wt|wgt|paino|painokerroin)$",
    "nps": r"(^|_|\s)nps|recommend|suosit|netpro|promoter",
    "csat": r"csat|satisf|tyytyv",
    "ces": r"(^|_|\s)ces($|_|\s)|effort|vaivan|vaivatto",
    "rating": r"rating|rate$|arvosan|arvio|score|piste|quality|laatu|item|vaittama",
    "response_rate": r"(^|_|\s)rr$|response[_\s]?rate|vastauspros|vastausast|vastausosuus",
    "employee": r"^(t_rr|tch|teach)|teacher|employee|staff|worker|nurse|henkilost|tyontekij|opettaj",
    "customer": r"""^([ps]_rr|par_|stu_|cust)|parent|student|customer|client|guest|patient|passenger|asiak|vanhem
        |oppila|potil""",
}
_WORDS = {meaning: re.compile(pattern, re.VERBOSE) for meaning, pattern in _PATTERNS.items()}


def plain(text: str) -> str:
    """A text in small ASCII letters: `Työntekijä` becomes `tyontekija`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in decomposed if sign.isascii()).strip()


def says(text: str, meaning: str) -> bool:
    """Whether a name or question speaks of a meaning, such as `nps` or `unit`."""
    return _WORDS[meaning].search(plain(text)) is not None


def identifier(text: str, otherwise: str) -> str:
    """An id for `study.yml` made of a name: small letters, digits and underscores, a letter first, at most 40."""
    made = re.sub(r"[^a-z0-9]+", "_", plain(text)).strip("_")
    if not made:
        return otherwise
    return (made if made[0].isalpha() else f"{otherwise}_{made}")[:40].rstrip("_")


def readable(name: str) -> str:
    """A column name as a label: separators become blanks, signs that cannot be printed are left out."""
    text = "".join(sign if sign.isprintable() else " " for sign in name)
    return " ".join(re.sub(r"[_.]+", " ", text).split()) or name.strip()
