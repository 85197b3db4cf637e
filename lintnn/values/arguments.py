"""The arguments of a call."""

from __future__ import annotations

from msgspec import Struct

from lintnn.values.domain import Tuple, Value


class Arguments(Struct, gc=False):
    """The arguments of a call. ``places`` and ``keyword_places`` are the ordinals of their expressions; ``open``: there may be more,
    unknown ones."""

    positional: list[Value] = []
    keywords: dict[str, Value] = {}
    places: list[int] = []
    keyword_places: dict[str, int] = {}
    open: bool = False
    rest: Value | None = None
    """What a starred argument of unknown length holds."""
    last: Value | None = None
    """The last positional argument, if it stands after a starred one of unknown length."""

    def bound(self, parameters: tuple[str, ...], variadic: str | None = None) -> dict[str, Value]:
        """The arguments by parameter name; those beyond the parameters are dropped."""
        result: dict[str, Value] = {}
        for index, value in enumerate(self.positional):
            if index >= len(parameters):
                break
            if parameters[index] == variadic and len(self.positional) > index + 1:
                result[parameters[index]] = Tuple(tuple(self.positional[index:]))
                break
            result[parameters[index]] = value
        result.update(self.keywords)
        return result

    def place_of(self, parameters: tuple[str, ...], name: str) -> int:
        """The ordinal of the expression given for a parameter, -1 if there is none."""
        if name in self.keyword_places:
            return self.keyword_places[name]
        index = parameters.index(name) if name in parameters else len(self.places)
        return self.places[index] if index < len(self.places) else -1

    def all_values(self) -> list[Value]:
        """Every argument."""
        return [*self.positional, *self.keywords.values()]

    def shifted(self, receiver: Value) -> Arguments:
        """These arguments after a receiver."""
        return Arguments([receiver, *self.positional], self.keywords, [-1, *self.places], self.keyword_places, self.open)
