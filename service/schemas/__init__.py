"""The JSON of the native API: what may be asked, and what is answered."""

from service.schemas.answers import AnswerOut, FreshnessOut, HitOut
from service.schemas.asked import EXAMPLE_ID, EXAMPLE_QUESTION, SearchIn, To
from service.schemas.problems import ErrorOut, ProblemOut, errors_of
from service.schemas.sources import ArticleOut, FullArticleOut, PassageOut, StoryOut
from service.schemas.versions import VersionOut, VersionsOut

__all__ = [
    "EXAMPLE_ID",
    "EXAMPLE_QUESTION",
    "AnswerOut",
    "ArticleOut",
    "ErrorOut",
    "FreshnessOut",
    "FullArticleOut",
    "HitOut",
    "PassageOut",
    "ProblemOut",
    "SearchIn",
    "StoryOut",
    "To",
    "VersionOut",
    "VersionsOut",
    "errors_of",
]
