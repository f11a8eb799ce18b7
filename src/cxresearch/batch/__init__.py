"""Many reports in one go: rows, keys, journal, the work of one row, supervision, front page."""
