"""Numbers of one group at a time, decided over the whole batch."""
