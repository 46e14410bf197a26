"""All programs as subcommands: `python -m trainers train`, as `tfgan-it train`."""

from .programs import main

if __name__ == "__main__":
    main()
