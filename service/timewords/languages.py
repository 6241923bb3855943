"""Months in four languages, and German, French and Spanish words for what English has a rule for."""

from __future__ import annotations

ENGLISH = "january february march april may june july august september october november december"
GERMAN = "januar februar märz april mai juni juli august september oktober november dezember"
FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
SPANISH = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
SHORT = "jan feb mar apr may jun jul aug sep oct nov dec"

MONTHS: dict[str, int] = {
    name: number
    for language in (SHORT, SPANISH, FRENCH, GERMAN, ENGLISH)
    for number, name in enumerate(language.split(), 1)
} | {"sept": 9, "jänner": 1}

ENGLISH_MONTHS = frozenset(ENGLISH.split())

SAME_AS: dict[str, str] = {
    "vorgestern": "day before yesterday",
    "gestern": "yesterday",
    "heute": "today",
    "letzte Woche": "last week",
    "vergangene Woche": "last week",
    "diese Woche": "this week",
    "dieser Woche": "this week",
    "letzten Monat": "last month",
    "diesen Monat": "this month",
    "letztes Jahr": "last year",
    "dieses Jahr": "this year",
    "kürzlich": "recently",
    "hier": "yesterday",
    "avant-hier": "day before yesterday",
    "aujourd'hui": "today",
    "la semaine dernière": "last week",
    "cette semaine": "this week",
    "le mois dernier": "last month",
    "ce mois-ci": "this month",
    "l'année dernière": "last year",
    "l'an dernier": "last year",
    "cette année": "this year",
    "récemment": "recently",
    "anteayer": "day before yesterday",
    "ayer": "yesterday",
    "anoche": "last night",
    "hoy": "today",
    "la semana pasada": "last week",
    "esta semana": "this week",
    "el mes pasado": "last month",
    "este mes": "this month",
    "el año pasado": "last year",
    "este año": "this year",
    "recientemente": "recently",
}

LINKS: dict[str, str] = {
    "in": "in",
    "on": "in",
    "during": "in",
    "throughout": "in",
    "im": "in",
    "im jahr": "in",
    "am": "in",
    "en": "in",
    "since": "since",
    "seit": "since",
    "depuis": "since",
    "desde": "since",
    "after": "after",
    "nach": "after",
    "après": "after",
    "después de": "after",
    "before": "before",
    "prior to": "before",
    "vor": "before",
    "avant": "before",
    "antes de": "before",
    "until": "until",
    "till": "until",
    "up to": "until",
    "by": "until",
    "bis": "until",
    "hasta": "until",
    "from": "from",
    "von": "from",
    "between": "between",
    "zwischen": "between",
    "entre": "between",
}
"""Words before a time, and the English one of the same sense."""
