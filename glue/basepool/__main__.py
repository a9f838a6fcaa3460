"""`python -m basepool` is `basepool`."""

from basepool.cli import main

if __name__ == "__main__":
    main()
