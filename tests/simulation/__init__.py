"""How the headline estimators behave when the truth is known: `make simulate` runs it all and writes the page."""
