"""Docstrings made complete: every argument described where it is listed, examples as code.

The package's docstrings say "As for `X`" where an argument is that of another function, and list
the hyperparameters that a recipe passes on as `**hyperparameters`. A reader of the reference sees
the descriptions themselves.
"""

from __future__ import annotations

import functools
import inspect
import re
import sys
import textwrap
from typing import Any

from trainers.recipe_table import descriptions
from website.links import with_names
from website.public_names import find

# What Keras's own base classes take.
_OF_KERAS = {
    "keras.layers.Layer": {
        "name": "Name of the layer, also in saved files; made from the class if absent.",
        "dtype": "Dtype or dtype policy of the layer; Keras's global policy if absent.",
        "trainable": "Whether the weights are trained.",
    },
    "keras.losses.Loss": {
        "name": "Name of the loss.",
        "reduction": "How the losses of a batch become one number, as in Keras.",
        "dtype": "Dtype of the computation; Keras's global dtype if absent.",
    },
    "keras.metrics.Metric": {
        "name": "Name of the metric in logs.",
        "dtype": "Dtype of the result; Keras's global dtype if absent.",
    },
    "keras.Model": {"name": "Name of the model."},
    "keras.optimizers.Optimizer": {},
    "keras.optimizers.Adam": {},
}
_SECTION = re.compile(r"^(Args|Returns|Raises|Warns|Yields|Attributes):$")
_AS_FOR = re.compile(r"As for `(?P<owner>[\w.]+)`(?P<rest>.*)", re.DOTALL)
_MOST_HOPS = 6  # Of "As for" to "As for".


def arguments(obj: Any) -> dict[str, str]:
    """Returns the descriptions of all arguments of a public class or function, by name.

    "As for" and the keyword arguments that are passed on are replaced by what they stand for; the
    order is that of the docstring, then that of the signature.
    """
    return dict(_arguments(obj, 0))


@functools.cache
def _arguments(obj: Any, hops: int) -> tuple[tuple[str, str], ...]:
    if hops > _MOST_HOPS:
        return ()
    own = descriptions(inspect.getdoc(obj) or "", "Args")
    found: dict[str, str] = {}
    for name, text in own.items():
        passed_on = name.startswith("**")
        reference = _AS_FOR.match(text)
        if not reference:
            found[name] = text
            continue
        theirs = _arguments_of(reference["owner"], obj, hops + 1)
        rest = reference["rest"].lstrip(".;, ")
        if passed_on:
            found |= {key: value for key, value in theirs.items() if key not in own}
            if rest:
                found[name] = rest[0].upper() + rest[1:]
        elif name in theirs:
            found[name] = f"{theirs[name]} {rest[:1].upper()}{rest[1:]}".strip()
        else:
            found[name] = text.replace("As for", "As in", 1)
    taken = _taken(obj)
    if taken is not None:
        # A recipe takes fewer hyperparameters than the one it stands on.
        documented = {name.lstrip("*") for name in found}
        for name in taken - documented:
            for owner in ("dcgan", "infogan", "build_gan"):
                theirs = _arguments_of(f"recipes.{owner}", obj, hops + 1)
                if name in theirs and owner != getattr(obj, "__name__", ""):
                    found[name] = theirs[name]
                    break
        found = {k: v for k, v in found.items() if k in taken or k.startswith("*")}
    for name in _parameters(obj) if inspect.isclass(obj) else ():
        for base in inspect.getmro(obj)[1:]:
            theirs = descriptions(inspect.getdoc(base) or "", "Args")
            theirs |= _OF_KERAS.get(f"keras.{_room_of_keras(base)}.{base.__name__}", {})
            if name not in found and name in theirs:
                found[name] = theirs[name]
    return tuple(found.items())


def _parameters(obj: Any) -> list[str]:
    """Returns the names of the arguments of a class, without those that are passed on."""
    try:
        parameters = inspect.signature(obj).parameters.values()
    except ValueError:  # An exception, which is made in C.
        return []
    return [p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]


def _room_of_keras(base: type) -> str:
    return (base.__module__.split(".") + ["", ""])[2] if base.__module__[:5] == "keras" else ""


def _taken(recipe: Any) -> set[str] | None:
    """Returns the parameters of a recipe, whose signature lists all; None of anything else."""
    if not inspect.isfunction(recipe) or not recipe.__module__.startswith("tfgan_it.recipes."):
        return None
    parameters = inspect.signature(recipe).parameters.values()
    return {p.name for p in parameters if p.kind is not p.VAR_KEYWORD}


def _arguments_of(owner: str, obj: Any, hops: int) -> dict[str, str]:
    if owner in _OF_KERAS:
        return _OF_KERAS[owner]
    target = _resolved(owner, obj)
    return dict(_arguments(target, hops)) if target is not None and target is not obj else {}


def _resolved(name: str, obj: Any) -> Any:
    """Returns what a docstring of `obj` means by a name: public, a base class, of its module."""
    module = sys.modules[getattr(obj, "__module__", None) or "tfgan_it"]
    for base in inspect.getmro(obj) if inspect.isclass(obj) else ():
        if base.__name__ == name and base is not obj:
            return base
    room = (module.__name__.split(".") + [""])[1]
    target = find(name, room)
    for part in name.split(".") if target is None else ():
        target = vars(module).get(part) if target is None else getattr(target, part, None)
    return target


def completed(obj: Any, lines: str | None = None) -> str:
    """Returns the docstring of a public name with all arguments, for a reader of Markdown.

    Args:
        obj: Class, function or method.
        lines: Its docstring, if `inspect.getdoc` is not the one to complete.
    """
    text = lines if lines is not None else inspect.getdoc(obj) or ""
    described = arguments(obj)
    blocks = []
    for title, body in _sections(text):
        if title == "Args":
            body = with_names("\n".join(_wrapped(*item) for item in described.items()))
            if not body:
                continue
        elif title in ("Raises", "Warns"):
            reasons = descriptions(text, title).items()
            lines_of_each = [_wrapped(k, _reason(k, about, title, obj)) for k, about in reasons]
            body = with_names("\n".join(lines_of_each))
        blocks.append(f"{title}:\n{body}" if title else _prose(body))
    return "\n\n".join(blocks)


def _sections(text: str) -> list[tuple[str, str]]:
    """Returns the parts of a docstring: (title, lines), with no title for prose and examples."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in text.splitlines():
        section = _SECTION.match(line.rstrip())
        if section:
            parts.append((section[1], []))
        elif parts[-1][0] and line.strip() and not line.startswith(" "):
            parts.append(("", [line]))
        else:
            parts[-1][1].append(line)
    return [(title, "\n".join(body).strip("\n")) for title, body in parts if "".join(body).strip()]


def _reason(name: str, about: str, section: str, obj: Any) -> str:
    reference = _AS_FOR.match(about)
    if not reference:
        return about
    target = _resolved(reference["owner"], obj)
    theirs = descriptions(inspect.getdoc(target) or "", section) if target is not None else {}
    return theirs.get(name, about.replace("As for", "As in", 1))


def _wrapped(name: str, about: str) -> str:
    return textwrap.indent(textwrap.fill(f"{name}: {about}", 96, subsequent_indent="    "), "    ")


def _prose(text: str) -> str:
    """Writes source, departures and examples so that Markdown shows them as what they are."""
    text = with_names(text)
    text = re.sub(r"^(Source|Sources|Departures): ", r"**\1.** ", text, flags=re.MULTILINE)
    text = re.sub(r"^(Example|Examples): ?(.*)$", r"**Example.** \2", text, flags=re.MULTILINE)
    return re.sub(
        r"^>>> .*?(?=\n\n(?!>>>)|\Z)",
        lambda code: f"```pycon\n{code[0]}\n```",
        text,
        flags=re.MULTILINE | re.DOTALL,
    )
