"""The layout of a folder of images: parts, classes, and what belongs to neither."""

from __future__ import annotations

import mimetypes
import pathlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tfgan_it.datasets.image_files import is_image, known_suffixes, suffixes

_REASONS = 5  # At most these are named in a line.
_TEST_FOLDERS = ("test", "validation", "val", "valid")
# Of macOS, of Synology and of Windows: copies of images made by a system, not by a user.
_SYSTEM_NAMES = frozenset(["__MACOSX", "@eaDir", "$RECYCLE.BIN"])
# Of images that `mimetypes` lacks or takes for documents, depending on the system.
_OTHER_SUFFIX = re.compile(
    r"\.(3fr|ai|arw|bpg|cin|cr2|cr3|crw|dcm|dcr|djvu|dng|dpx|eps|erf|exr|fff|flif|hdr|heic|heics|heif"
    r"|iiq|jng|jxl|jxr|kdc|kra|mef|mng|mos|mrw|nef|nrw|ora|orf|pef|pic|pict|psb|raf|raw|rw2|rwl|sr2"
    r"|srf|srw|svg|svgz|wdp|x3f|xcf|xwd)"
)


class ClassifiedFiles(NamedTuple):
    """Image files in their order.

    Attributes:
        files: Paths.
        classes: Name of the class of each file, or `None` without class folders.
    """

    files: list[pathlib.Path]
    classes: list[str] | None


class ImageListing(NamedTuple):
    """Image files of a folder.

    Attributes:
        train: Files of the training part, or of the whole set.
        test: Files of the test part, or `None` if the folder has none.
        left_out: Number of images, and of class folders, that are in neither, by the reason.
    """

    train: ClassifiedFiles
    test: ClassifiedFiles | None
    left_out: Counter[str]


def list_images(root: pathlib.Path) -> ImageListing:
    """Finds the images of a folder, in the layouts of `image_folder`.

    Args:
        root: The folder.

    Raises:
        FileNotFoundError: If there is no image where one is looked for.
        ValueError: If images lie beside folders of images, or the test part has a class that the
            training part lacks.
    """
    left_out = Counter[str]()
    train_root, test_root = _split_folders(root)
    if train_root is None:
        return ImageListing(_classified(root, left_out), None, left_out)
    train = _classified(train_root, left_out)
    others = [entry for entry in _visible(root) if entry not in (train_root, test_root)]
    beside = {entry: len(_below([entry], Counter())) for entry in others}
    beside = {entry: count for entry, count in beside.items() if count}
    if test_root is None and train.classes is None and any(entry.is_dir() for entry in beside):
        left_out.clear()
        return ImageListing(_classified(root, left_out), None, left_out)  # A class named train.
    for entry, count in beside.items():
        where = f"in {entry.name}, beside" if entry.is_dir() else "beside the folder"
        left_out[f"{where} {train_root.name}"] += count
    if test_root is None:
        return ImageListing(train, None, left_out)
    test = _classified(test_root, left_out)
    if (train.classes is None) != (test.classes is None):
        with_classes, without = (
            (train_root, test_root) if test.classes is None else (test_root, train_root)
        )
        raise ValueError(f"{with_classes} has a folder for each class and {without} has none")
    if unknown := set(test.classes or []) - set(train.classes or []):
        raise ValueError(f"{test_root} has classes that {train_root} lacks: {sorted(unknown)}")
    return ImageListing(train, test, left_out)


def _split_folders(root: pathlib.Path) -> tuple[pathlib.Path | None, pathlib.Path | None]:
    folders = {entry.name.lower(): entry for entry in _visible(root) if entry.is_dir()}
    test = next((folders[name] for name in _TEST_FOLDERS if name in folders), None)
    return folders.get("train"), test


def _classified(folder: pathlib.Path, left_out: Counter[str]) -> ClassifiedFiles:
    """Finds the images of a part: in the folder itself, or in one subfolder per class."""
    entries = _visible(folder)
    class_folders = [entry for entry in entries if entry.is_dir()]
    flat = _below([entry for entry in entries if not entry.is_dir()], left_out)
    of_folders = [(entry, _below([entry], left_out)) for entry in class_folders]
    classified = [(file, entry) for entry, files in of_folders for file in files]
    if flat and classified:
        raise ValueError(
            f"{folder} holds images ({flat[0].name}, ...) and folders of images "
            f"({classified[0][1].name}, ...): keep either the one or the other"
        )
    if flat:
        return ClassifiedFiles(flat, None)
    if any(file.parent == entry for file, entry in classified):
        if empty := sum(not files for _, files in of_folders):
            left_out["class folders without images"] += empty
        files, of_class = zip(*classified, strict=True)
        return ClassifiedFiles(list(files), [entry.name for entry in of_class])
    hint = f"; {reasons(left_out)}" if left_out else ""
    if classified:
        hint = (
            f"; {len(classified)} lie deeper, as {classified[0][0]}: give the folder that holds "
            "the class folders, or move the images into them"
        )
    raise FileNotFoundError(
        f"no images ({' '.join(sorted(suffixes()))}) in {folder} or in the folders directly below "
        f"it{hint}"
    )


def _below(entries: Iterable[pathlib.Path], left_out: Counter[str]) -> list[pathlib.Path]:
    """Returns the image files among the entries and at any depth below them, sorted."""
    pending, files = list(entries), []
    for entry in pending:  # It grows on the way.
        if not entry.is_dir():
            files += [entry] if _is_read(entry, left_out) else []
        elif entry.is_symlink() and entry not in entries:
            left_out["linked folders below a class"] += 1  # They may lead in a circle.
        else:
            pending += _visible(entry)
    return sorted(files)


def _is_read(file: pathlib.Path, left_out: Counter[str]) -> bool:
    suffix = file.suffix.lower()
    kind = mimetypes.guess_type(file.name)[0] or ""
    claims = kind.startswith("image/") or suffix in known_suffixes()
    claims = claims or _OTHER_SUFFIX.fullmatch(suffix) is not None
    is_file = file.is_file()  # A pipe would be read for ever.
    if is_file and (suffix in suffixes() or is_image(file)):
        return True
    if claims:
        left_out[f"of kind {suffix}" if is_file else "broken links or devices"] += 1
    return False


def reasons(left_out: Counter[str]) -> str:
    """Says how many images are left out, and why, in half a sentence.

    Example:

    >>> reasons(Counter({"of kind .svg": 2, "in val, beside train": 1}))
    '3 are left out (2 of kind .svg, 1 in val, beside train)'
    """
    listed = left_out.most_common()
    shown = [f"{count} {reason}" for reason, count in listed[:_REASONS]]
    if rest := sum(count for _, count in listed[_REASONS:]):
        shown.append(f"{rest} elsewhere")
    return f"{left_out.total()} are left out ({', '.join(shown)})"


def _visible(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith(".") and entry.name not in _SYSTEM_NAMES
    )
