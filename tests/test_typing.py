"""Public signatures say what they take: `tfgan_it.typing` has a name for each kind of tensor."""

import ast
from pathlib import Path

import pytest

import tfgan_it

PACKAGE = Path(tfgan_it.__file__).parent
FILES = [PACKAGE / f"{name}.py" for name in ("distribution", "logits", "seeds", "step", "terms")]
for room in (
    "augmentation",
    "conditions",
    "information",
    "latents",
    "layers",
    "losses",
    "models",
    "networks",
    "regularizers",
):
    FILES += sorted((PACKAGE / room).rglob("*.py"))
# What Keras hands to `save_own_variables`.
OF_KERAS = {"store"}


def bare(annotation):
    return isinstance(annotation, ast.Name) and annotation.id == "Any"


def untold(source):
    """Functions of a module, nested ones apart, with an argument or a result that is `Any`."""
    found = []
    modules_and_classes = [ast.parse(source)]
    while modules_and_classes:
        for node in modules_and_classes.pop().body:
            if isinstance(node, ast.ClassDef):
                modules_and_classes.append(node)
            elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
                names = [a.arg for a in arguments if bare(a.annotation) and a.arg not in OF_KERAS]
                found += [f"{node.name}({name})" for name in names]
                found += [f"{node.name} ->"] if bare(node.returns) else []
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_public_signature_takes_or_gives_anything(path):
    assert untold(path.read_text()) == []


def test_it_finds_missing_types():
    source = "def f(x: Any, y: Tensor) -> Any: ...\nclass A:\n    def g(self, *, z: Any): ..."
    assert untold(source) == ["f(x)", "f ->", "g(z)"]
