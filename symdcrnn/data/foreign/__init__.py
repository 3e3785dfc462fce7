"""Data of other people as it is: their names, complex values, dates, and what is no field."""
