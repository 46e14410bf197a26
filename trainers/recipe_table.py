"""The recipes and their hyperparameters, read from the source, which takes no import of Keras.

`inspect.signature(recipe)` has the same names and defaults, after seconds. So have libraries that
make command lines from annotations: they import what they describe.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import re
from collections.abc import Mapping
from typing import Any

from . import library

_ENTRY = re.compile(r"^(\*{0,2}\w+): ?(.*)")
_TRANSLATES = "build_translator"
# Hyperparameters of recipes of sounds, of words and of videos.
_OF_OTHER_SAMPLES = frozenset(["rate", "vocabulary", "motion"])
_AS_FOR = re.compile(r"As for `(?:\w+\.)*(\w+)`\.?$")


@dataclasses.dataclass(frozen=True)
class Hyperparameter:
    """A keyword argument of a recipe.

    Args:
        annotation: Its type, as written.
        default: Its default; `ast.AST` of an expression that is not a literal.
        meaning: Its description.
    """

    annotation: str
    default: Any
    meaning: str = ""


@dataclasses.dataclass(frozen=True)
class Recipe:
    """A named system.

    Args:
        name: Name of the recipe.
        summary: What it is, in a line.
        source: Authors and year.
        parameters: All its keyword arguments by name.
        condition: What its networks are told: `label`, `text`, or None.
        translates: Whether it makes samples of one domain from those of another.
    """

    name: str
    summary: str
    source: str
    parameters: Mapping[str, Hyperparameter]
    condition: str | None
    translates: bool = False

    @property
    def takes_images(self) -> bool:
        """Whether its samples are images, without any other, and its conditions at most labels."""
        others = _OF_OTHER_SAMPLES.intersection(self.parameters)
        return not (self.translates or others or self.condition == "text")


@functools.cache
def recipe_table() -> dict[str, Recipe]:
    """Returns all recipes by name.

    Example:

    >>> recipe_table()["wgan"].parameters["limit"].default
    0.01
    >>> recipe_table()["wgan"].parameters["loss"].default
    'wasserstein'
    """
    sources = _Sources()
    return {name: sources.recipe(name) for name in sources.recipes}


def _condition(parameter: Hyperparameter | None) -> str | None:
    """Returns the kind of condition that a recipe takes, by the type of its argument."""
    if parameter is None:
        return None
    return "text" if "Text" in parameter.annotation else "label"


def descriptions(text: str, section: str = "Args") -> dict[str, str]:
    """Returns the descriptions of a section of a docstring, by name.

    Example:

    >>> descriptions("Adds.\\n\\nArgs:\\n    x: One\\n        number.\\n\\nMore.")
    {'x': 'One number.'}
    """
    found: dict[str, str] = {}
    inside, name = False, ""
    for line in text.splitlines():
        if line.strip() and not line.startswith(" "):
            inside = line.rstrip() == f"{section}:"
        elif inside and line.strip():
            entry = _ENTRY.match(line[4:])
            if entry:
                name, found[entry[1]] = entry[1], entry[2]
            elif name:
                found[name] += f" {line.strip()}"
    return found


class _Sources:
    """The files of `tfgan_it.recipes`: functions, constants and typed dicts by name."""

    def __init__(self) -> None:
        self.functions: dict[str, ast.FunctionDef] = {}
        self.constants: dict[str, Any] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.recipes: list[str] = []
        for path in sorted((library.folder() / "recipes").glob("*.py")):
            for node in ast.parse(path.read_text()).body:
                self._read(node)

    def _read(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef():
                self.functions[node.name] = node  # The last of a name: its overloads come before.
            case ast.ClassDef():
                self.classes[node.name] = node
            case ast.AnnAssign(target=ast.Name(id="RECIPES"), value=ast.DictComp() as value):
                names = value.generators[0].iter
                assert isinstance(names, ast.Tuple)
                self.recipes = [name.id for name in names.elts if isinstance(name, ast.Name)]
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=constant)):
                self.constants[name] = constant

    def recipe(self, name: str) -> Recipe:
        documentation = ast.get_docstring(self.functions[name]) or name
        source = re.search(r"Source: (.+?, \d{4})", " ".join(documentation.split()))
        parameters = self._parameters(name)
        return Recipe(
            name,
            documentation.splitlines()[0].rstrip("."),
            source[1] if source else "",
            parameters,
            _condition(parameters.get("conditions")),
            self._root(name) == _TRANSLATES,
        )

    def _root(self, name: str) -> str:
        """Returns the function that a recipe is in the end a variant of."""
        variant = self._variant(self.functions[name])
        return name if variant is None else self._root(variant[0])

    def _parameters(self, name: str) -> dict[str, Hyperparameter]:
        """Returns what `variant_of` makes of the signatures of a recipe and of its parent."""
        function = self.functions[name]
        meanings = descriptions(ast.get_docstring(function) or "")
        own = {}
        arguments = function.args
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            annotation = ast.unparse(argument.annotation) if argument.annotation else "Any"
            meaning = self._meaning(argument.arg, meanings.get(argument.arg, ""))
            own[argument.arg] = Hyperparameter(annotation, self._literal(default), meaning)
        variant = self._variant(function)
        if variant is None:
            return own
        parent, changed = variant
        dropped, typed = changed.pop("drop", ()), self._typed(function)
        for key, parameter in self._parameters(parent).items():
            if key in own or key in dropped or (typed is not None and key not in typed):
                continue
            own[key] = dataclasses.replace(
                parameter,
                default=name if key == "name" else changed.get(key, parameter.default),
                meaning=self._meaning(key, meanings.get(key, "")) or parameter.meaning,
            )
        return own

    def _variant(self, function: ast.FunctionDef) -> tuple[str, dict[str, Any]] | None:
        """Returns the parent and the other arguments of `variant_of`, or None without it."""
        for decorator in function.decorator_list:
            match decorator:
                case ast.Call(func=ast.Name(id="variant_of"), args=[ast.Name(id=parent)]):
                    keywords = decorator.keywords
                    return parent, {str(each.arg): self._literal(each.value) for each in keywords}
        return None

    def _typed(self, function: ast.FunctionDef) -> set[str] | None:
        """Returns the names of the typed dict of `**hyperparameters`; None without a type."""
        match function.args.kwarg and function.args.kwarg.annotation:
            case ast.Subscript(value=ast.Name(id="Unpack"), slice=ast.Name(id=name)):
                return self._keys(name)
        return None

    def _keys(self, name: str) -> set[str]:
        if name not in self.classes:  # `TypedDict` itself.
            return set()
        node = self.classes[name]
        inherited = [self._keys(base.id) for base in node.bases if isinstance(base, ast.Name)]
        fields = [each.target for each in node.body if isinstance(each, ast.AnnAssign)]
        return {each.id for each in fields if isinstance(each, ast.Name)}.union(*inherited)

    def _meaning(self, name: str, text: str) -> str:
        """Returns a description; "As for" a recipe is what is written there."""
        reference = _AS_FOR.match(text)
        function = self.functions.get(reference[1]) if reference else None
        if function is None:
            return text
        return descriptions(ast.get_docstring(function) or "").get(name, text)

    def _literal(self, node: ast.expr | None) -> Any:
        if isinstance(node, ast.Name) and node.id in self.constants:
            return self.constants[node.id]
        try:
            return ast.literal_eval(node) if node is not None else None
        except ValueError:
            return node
