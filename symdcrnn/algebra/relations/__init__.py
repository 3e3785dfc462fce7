"""Relations of the continuum: which words are the same where stencils are exact."""
