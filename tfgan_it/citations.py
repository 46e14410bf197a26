"""Publications in docstrings, as BibTeX."""

from __future__ import annotations

import dataclasses
import inspect
import re
import unicodedata
from collections.abc import Iterable, Sequence

from tfgan_it.checks import shown
from tfgan_it.publications import PUBLICATIONS

_NAME = r"(?:(?:[Vv]an|den|der|[Dd]e|von) )*[A-Z][\w'-]+"
_CITATION = re.compile(
    rf'({_NAME}(?:, {_NAME})*(?:,? and {_NAME}| et al\.)?), (\d{{4}}), "([^"]+?)[.,]?"'
)
_SOURCE = re.compile(r"^Source: (.*?)(?=\n\s*\n|\bDepartures?: |\Z)", re.DOTALL | re.MULTILINE)
_SMALL_WORDS = {"a", "an", "the", "on", "of", "in", "which", "to", "towards"}


@dataclasses.dataclass(frozen=True)
class Citation:
    """A publication.

    Args:
        authors: Names as docstrings write them: `Kingma and Ba`, or `Chen et al.`.
        year: Year of publication.
        title: The whole title.

    Example:

    >>> print(Citation("Kingma and Ba", 2015, "Adam: A Method for Stochastic Optimization"))
    Kingma and Ba, 2015, "Adam: A Method for Stochastic Optimization"
    """

    authors: str
    year: int
    title: str

    def __str__(self) -> str:
        return f'{self.authors}, {self.year}, "{self.title}"'

    @property
    def key(self) -> str:
        """BibTeX's key: the first author, the year and the first word of the title that tells.

        Example:

        >>> Citation("van den Oord et al.", 2018, "Representation Learning").key
        'vandenoord2018representation'
        """
        first = re.split(r", | and | et al", self.authors)[0]
        words = re.findall(r"\w+", _ascii(self.title).lower())
        telling = next((word for word in words if word not in _SMALL_WORDS), "")
        return re.sub(r"\W", "", _ascii(first).lower()) + f"{self.year}{telling}"

    def bibtex(self) -> str:
        """Returns the entry, with all authors and the venue where `tfgan_it.publications` has them.

        Example:

        >>> title = "InfoGAN-CR and ModelCentrality: Self-supervised Model Training"
        >>> print(Citation("Lin et al.", 2020, title).bibtex())
        @inproceedings{lin2020infogan,
          author = {Zinan Lin and Kiran K. Thekumparampil and Giulia Fanti and Sewoong Oh},
          title = {{InfoGAN-CR and ModelCentrality: Self-supervised Model Training}},
          booktitle = {International Conference on Machine Learning},
          year = {2020},
        }
        """
        known = PUBLICATIONS.get(self.key)
        names = known.authors if known and known.authors else self.authors
        authors = names.removesuffix(" et al.").replace(", and ", ", ").replace(", ", " and ")
        authors += " and others" if names.endswith(" et al.") else ""
        title = re.sub(r"([&%$#_])", r"\\\1", self.title)
        fields = {"author": authors, "title": f"{{{title}}}"}
        if known:
            fields[known.field] = known.venue
        fields["year"] = str(self.year)
        lines = [f"@{known.kind if known else 'misc'}{{{self.key},"]
        return "\n".join([*lines, *(f"  {name} = {{{x}}}," for name, x in fields.items()), "}"])


def source_of(text: str | None) -> str | None:
    """Returns the `Source:` of a docstring, as one line without departures; None without one.

    Example:

    >>> source_of('''Adam.
    ...
    ...     Source: Kingma and Ba, 2015, "Adam: A Method for Stochastic
    ...     Optimization". Departures: none.
    ...     ''')
    'Kingma and Ba, 2015, "Adam: A Method for Stochastic Optimization".'
    """
    found = _SOURCE.search(inspect.cleandoc(text or ""))
    return " ".join(found[1].split()) if found else None


def find_citations(text: str | None) -> list[Citation]:
    """Returns the publications in a text, each with authors, year and title, in order.

    Example:

    >>> text = 'the code of Chen et al., 2016, "InfoGAN"; Lin, 1991, "Divergence Measures".'
    >>> [citation.key for citation in find_citations(text)]
    ['chen2016infogan', 'lin1991divergence']
    """
    return [Citation(a, int(year), title) for a, year, title in _CITATION.findall(text or "")]


def citations_of(kind: type) -> list[Citation]:
    """Returns the sources of a class: of the first class in its method resolution order with any.

    Example:

    >>> from tfgan_it.latents import LearnedCategorical
    >>> citations_of(LearnedCategorical)[0].authors
    'Ojha et al.'
    """
    sources = (source_of(vars(parent).get("__doc__")) for parent in kind.__mro__)
    return find_citations(next((source for source in sources if source), None))


def check_citations(owner: str, citations: Sequence[str]) -> tuple[str, ...]:
    """Returns the citations as a tuple.

    Raises:
        ValueError: If one is not a text with authors, year and title.
    """
    for text in citations:
        if not isinstance(text, str) or not find_citations(text):
            raise ValueError(
                f"{owner}: citations must be texts such as 'Chen et al., 2016, \"InfoGAN\"', got "
                f"{shown(text)}."
            )
    return tuple(citations)


def as_bibtex(citations: Iterable[Citation]) -> str:
    """Returns the entries of a bibliography, each publication once, with keys that differ."""
    entries: dict[str, str] = {}
    for citation in dict.fromkeys(citations):
        key, number = citation.key, 2
        while key in entries:
            key, number = f"{citation.key}{number}", number + 1
        entries[key] = citation.bibtex().replace(citation.key, key, 1)
    return "\n\n".join(entries.values())


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
