"""The compiler: words to programs, programs to source, source to machine code, and its use on data."""
