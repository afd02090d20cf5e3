"""Statements, templates and rules of addresses, compiled once for some 2,000 applications."""

from __future__ import annotations

from collections.abc import Hashable
from types import CodeType
from typing import Any, ClassVar

from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule


class CompiledOnce(Rule):
    """A rule that takes over what was compiled from an equal one, for however many maps."""

    _compiled: ClassVar[dict[Hashable, dict[str, Any]]] = {}

    def compile(self) -> None:
        """Compile it, unless that was done before."""
        assert self.map is not None
        found = self._compiled.get(key := self._key())
        if found is None:
            super().compile()
            names = [name for name in vars(self) if name.startswith("_") or name == "arguments"]
            self._compiled[key] = {name: getattr(self, name) for name in names}
        else:
            vars(self).update(found)

    def _key(self) -> Hashable:
        """All that it is compiled from."""
        assert self.map is not None
        return (
            *(self.rule, self.subdomain, self.host, self.merge_slashes, repr(self.defaults)),
            *(self.map.host_matching, frozenset(self.map.converters.items())),
        )


class CompiledTemplates(BytecodeCache):
    """Templates that were compiled for one application serve the others as well."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled from the same source."""
        bucket.code = self._codes.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        assert bucket.code
        self._codes[bucket.key + bucket.checksum] = bucket.code


class CompiledStatements:
    """A dialect that takes over what was compiled by an equal one, for however many engines."""

    _compiled: ClassVar[LRUCache[Any, Any]] = LRUCache(2000)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """Let the engine share what is compiled; SQLAlchemy calls this for each one."""
        engine.update_execution_options(compiled_cache=cls._compiled)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class SQLite(CompiledStatements, SQLiteDialect_pysqlite):
    """The dialect of SQLite, so."""

    supports_statement_cache = True


class PostgreSQL(CompiledStatements, PGDialect_psycopg):
    """The dialect of PostgreSQL, so."""

    supports_statement_cache = True


def compile_statements_once() -> None:
    """Use these dialects for all engines."""
    registry.register("sqlite", __name__, "SQLite")
    registry.register("postgresql.psycopg", __name__, "PostgreSQL")
