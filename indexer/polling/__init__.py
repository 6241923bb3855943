"""Feeds become articles as they bring them: each is asked on its own schedule, and only for what is new."""

from indexer.polling.lists import FeedLists
from indexer.polling.poller import Poller, Teller
from indexer.polling.state import FeedState, Terms, states

__all__ = ["FeedLists", "FeedState", "Poller", "Teller", "Terms", "states"]
