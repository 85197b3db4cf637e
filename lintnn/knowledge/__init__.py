"""Facts about torch and the libraries around it, as tables of frozen rows. :mod:`lintnn.knowledge.lookup` answers questions."""
