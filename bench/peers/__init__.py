"""The same loss and gradient in other people's frameworks, each tuned as well as we can."""
