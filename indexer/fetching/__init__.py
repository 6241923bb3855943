"""Articles from the web: one page, or a feed or sitemap and the pages behind it, asked for politely and safely."""

from indexer.fetching.crawling import crawl
from indexer.fetching.fetcher import Answer, Fetcher, FetchFailed, Limits, Validators
from indexer.fetching.manners import Manners
from indexer.fetching.network import PrivateAddress

__all__ = ["Answer", "FetchFailed", "Fetcher", "Limits", "Manners", "PrivateAddress", "Validators", "crawl"]
