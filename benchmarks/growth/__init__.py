"""Search from 10,000 passages on: time, memory, room on disk and what is found."""
