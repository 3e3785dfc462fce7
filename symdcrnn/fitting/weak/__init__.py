"""An equation by the weak form in space and time: the same stages as those of a multistep scheme."""
