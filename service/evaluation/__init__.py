"""How well the search answers: judged questions in, figures out."""
