"""Lets `python -m kouan` do what the `kouan` command does."""

from kouan.cli import main

if __name__ == "__main__":
    main()
