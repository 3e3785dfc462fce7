"""`python -m symdcrnn`, and the command `symdcrnn`."""

import sys


def main() -> None:
    """Run the command line, interrupts while its modules are imported included."""
    try:
        from symdcrnn.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.stderr.write("Error: interrupted: nothing was written\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
