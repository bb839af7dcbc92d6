"""``python -m nanocaliper``: the command line."""

from nanocaliper.cli import main

if __name__ == "__main__":
    main()
