"""The rooms of the house: each leans only on those above it, in the open (DESIGN, The house)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "smtp_panel"

# Foundations first; a room imports only from itself and from what stands before it.
ROOMS = (
    *("__init__", "secret", "words", "newer", "private_file", "config"),
    *("net", "spf", "smtp", "diagnosis", "check", "finding"),
    *(
        "storage",
        "audit",
        "settings",
        "runs",
        "outbox",
        "status",
        "deliverability",
        "telling",
        "mail",
        "schedules",
        "smtp_server",
        "sandbox",
        "access",
        "alerts",
        "background",
    ),
    *(
        "panel",
        "relay",
        "operations",
        "loops",
        "web",
        "api",
        "cli",
        "app",
        "server",
        "serve",
        "__main__",
    ),
)
TYPE = re.compile(r"[A-Z]+[a-z]\w*")
LONGEST_MODULE = 300  # lines
WIDEST_TEMPLATE = 120  # characters in a line
MACHINE_PATH = re.compile(r"""["'(\s=](/(?:home|root|Users|work|tmp|opt|mnt)/[\w.-]+)""")

MODULES = sorted(PACKAGE.rglob("*.py"))
TEXTS = sorted(
    path
    for folder in ("smtp_panel", "templates", "static", "scripts")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".py", ".html", ".txt", ".css", ".js", ".toml", ".sh", ".svg"}
    and "vendor" not in path.parts
)


@cache
def trees() -> dict[Path, ast.Module]:
    """Each module as it is written."""
    return {path: ast.parse(path.read_text()) for path in MODULES}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module: str) -> str:
    _, _, rest = module.partition(".")
    return rest.partition(".")[0] or "__init__"


def imports_of(node: ast.AST) -> Iterator[str]:
    """The modules of the project that an import statement names, submodules included."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    else:
        return
    yield from (module_in(name) for name in names if name.partition(".")[0] == PACKAGE.name)


def module_in(name: str) -> str:
    """The module that `name` is, or that defines it."""
    return name if is_module(name) else name.rpartition(".")[0]


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def hidden_imports(tree: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            yield from (
                each for each in ast.walk(node) if isinstance(each, ast.Import | ast.ImportFrom)
            )


def test_every_module_is_in_a_known_room() -> None:
    assert {room_of(module_of(path)) for path in MODULES} <= set(ROOMS)


def test_a_module_imports_only_from_rooms_above() -> None:
    upward = [
        f"{module_of(path)}: {module}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        for module in imports_of(node)
        if ROOMS.index(room_of(module)) > ROOMS.index(room_of(module_of(path)))
    ]
    assert upward == []


def test_no_import_hides_in_a_function() -> None:
    hidden = [
        f"{name_of(path)}:{node.lineno}"
        for path, tree in trees().items()
        for node in hidden_imports(tree)
    ]
    assert hidden == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        module_of(path): {module for node in ast.walk(tree) for module in imports_of(node)}
        for path, tree in trees().items()
    }
    while leaves := {module for module, needed in graph.items() if not needed & graph.keys()}:
        graph = {module: needed for module, needed in graph.items() if module not in leaves}
    assert sorted(graph) == []


def named(tree: ast.Module) -> Iterator[str]:
    """The names of the classes and of the types that a module makes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            variable = isinstance(node.value, ast.Call)  # of types, which belongs to one module
            if isinstance(target, ast.Name) and TYPE.fullmatch(target.id) and not variable:
                yield target.id


def test_a_name_has_one_meaning() -> None:
    """In the API alone things are called as in its description, which knows no other room."""
    found: dict[str, list[str]] = {}
    for path, tree in trees().items():
        for name in named(tree):
            if room_of(module_of(path)) != "api" and not name.startswith("_"):
                found.setdefault(name, []).append(module_of(path))
    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}


def test_nothing_depends_on_the_path_of_one_machine() -> None:
    found = {name_of(path): MACHINE_PATH.findall(path.read_text()) for path in TEXTS}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_a_module_is_read_in_one_go() -> None:
    sizes = {name_of(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {name: size for name, size in sizes.items() if size > LONGEST_MODULE} == {}


def test_a_template_is_read_without_scrolling() -> None:
    """DESIGN, Forms and templates."""
    wide = [
        f"{name_of(path)}:{number}"
        for path in TEXTS
        if path.is_relative_to(ROOT / "templates")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > WIDEST_TEMPLATE
    ]
    assert wide == []
