"""Rules of addresses that are compiled once, since each of some 2,000 applications has 140."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, ClassVar

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
