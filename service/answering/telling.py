"""How much the words of a question tell of what it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log

from service.answering.parts import Question
from service.highlights import STEM, stems

_WORDS = """
a an the of in on at to for from by with and or but is are was were be been has have had do does did will would can
could may might this that these those it its he she his her their they them who whom whose which what when where why how
many much as than also after into over about most more not no said week year one according s
der die das den dem des ein eine einen und oder aber ist sind war waren wird werden hat haben hatte im am auf zu zur zum
von vom mit für bei nach wer wen wem was welche wann wo warum wie nicht es sie er sich
le la les l un une des du de d et ou est sont était au aux en dans pour par sur avec qui que quoi quel
el los las unos y o son fue ha han al del con sobre quién qué cuál cuándo dónde cómo se su
"""
PLAIN = frozenset(word[:STEM] for word in _WORDS.split())
"""Words that stand in questions and texts of any subject."""

FLOOR = 0.1
"""What a word tells that stands in every sentence."""


def telling(question: Question, texts: Sequence[set[str]]) -> dict[str, float]:
    """Weigh the words of the question that any of ``texts`` has: the more, the fewer have it.

    What leads up to the question only counts where no text has a word of the question itself.
    """
    having = Counter(stem for text in texts for stem in text)
    focus, all_of_it = (
        {stem for stem in stems(text) - PLAIN if having[stem]} for text in (question.focus, question.searched)
    )
    return {stem: log(len(texts) / having[stem]) + FLOOR for stem in focus or all_of_it}
