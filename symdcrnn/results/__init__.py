"""Learned equations as objects of other libraries: tables, labelled arrays, formulas, source."""
