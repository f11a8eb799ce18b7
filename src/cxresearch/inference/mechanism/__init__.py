"""Through what, for whom and in what form: mediation, moderation, bends, starting points, relative importance."""
