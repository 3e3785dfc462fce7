"""`python -m symdcrnn`."""

from symdcrnn.cli.main import main

main()
