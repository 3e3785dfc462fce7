"""Which stencils and scheme the data asks for."""
