"""The reference of the programs: what each does, and its flags, read from their definitions."""

from __future__ import annotations

from absl import flags

from trainers.command_line import COMMON
from trainers.programs import NAMES, program


def flag_line(flag: flags.Flag) -> str:
    """Returns a flag with its default and its meaning, in Markdown.

    Example:

    >>> print(flag_line(program("export").own_flags["export_dir"]))
    - `--export_dir=saved_models`: Folder of all served models.
    """
    default = "" if flag.boolean or flag.default in (None, []) else f"={flag.default}"
    text = str(flag.help).partition(";\n")[0]  # absl says of a repeatable flag that it is one.
    if isinstance(flag.parser, flags.EnumParser):
        choices = flag.parser.enum_values
        text = text.removeprefix(f"<{'|'.join(choices)}>: ") + f" One of {', '.join(choices)}."
    return f"- `--{flag.name}{default}`: {text}"


def pages() -> dict[str, str]:
    """Returns the Markdown of the page by its file."""
    parts = [
        "# Programs",
        "The command `tfgan-it` has a subcommand for each program: `tfgan-it train` is "
        "`python -m trainers.train`. Each flag is given as `--name=value`; `--help` prints them as "
        "well, `--help --recipe=wgan` with the hyperparameters of a recipe.",
    ]
    for name in NAMES:
        about, _, examples = program(name).about.strip().partition("\n\n")
        parts += [f"## trainers.{name}", about, f"```text\n{examples}\n```"]
        values = program(name).new_flags()
        for title in program(name).groups():
            if title != "command line":
                parts.append(f"### {title.capitalize()} of {name}")
                parts.append("\n".join(map(flag_line, values.get_flags_for_module(title))))
    parts += ["## Flags of every program"]
    parts += ["\n".join(map(flag_line, COMMON.get_flags_for_module("command line")))]
    return {"reference/programs.md": "\n\n".join(parts) + "\n"}
