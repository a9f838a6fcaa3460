"""`python -m glue` is `basepool`."""

from glue.cli import main

if __name__ == "__main__":
    main()
