"""Pages as tests look at them: elements by id and attribute, and forms as a browser sends them."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br", "path", "use", "circle", "hr", "img"})


class Element:
    """An element: its `tag`, its attributes by `[]` (empty where missing), and what is in it."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")

    def __contains__(self, name: str) -> bool:
        return name in self.attributes

    def __iter__(self) -> Iterator[Element]:
        """All elements below this one, in the order of the page."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child

    @property
    def text(self) -> str:
        """Its words, white space tidied."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()
                yield "" if child.tag in {"b", "span", "q", "em", "a", "time"} else " "

    def all(self, tag: str = "", **attributes: str | None) -> list[Element]:
        """The elements below with these attributes (`data_state="x"`); None: with any value."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self
            if tag in {"", element.tag}
            and all(name in element for name in wanted)
            and all(value is None or element[name] == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **attributes: str | None) -> Element:
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes}"
        return found[0]

    def id(self, name: str) -> Element:
        """The element with this id."""
        found = [element for element in self if element["id"] == name]
        assert len(found) == 1, f"{len(found)} elements #{name}"
        return found[0]

    def has_id(self, name: str) -> bool:
        """Whether there is an element with this id."""
        return any(element["id"] == name for element in self)

    def link(self, words: str) -> str:
        """Where the link with these words leads."""
        return next(link["href"] for link in self.all("a") if link.text == words)

    def form(self) -> dict[str, str]:
        """The fields of this form as a browser sends them."""
        return dict(field for control in self for field in _sent(control))


def _sent(control: Element) -> Iterator[tuple[str, str]]:
    if not control["name"] or "disabled" in control or control.tag == "button":
        return
    ticks = control["type"] in {"checkbox", "radio"}
    if control.tag == "input" and (not ticks or "checked" in control):
        yield control["name"], control["value"]
    if control.tag == "textarea":  # whose text begins in the line after its tag
        yield control["name"], "".join(map(str, control.children)).removeprefix("\n")
    if control.tag == "select":
        options = control.all("option")
        chosen = [option for option in options if "selected" in option] or options[:1]
        yield control["name"], chosen[0]["value"]


def parse(text: str) -> Element:
    """The page or fragment in `text`."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.root


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        while tag not in VOID and len(self._open) > 1 and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)
