"""Which equations are found in public data and our own, by noise, beside other methods."""
