"""Models of answers in categories: cumulative and binary logits, with a random unit or without."""
