"""The machines of a client's store, as a program reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from setpoint.core import store


class View(Mapping[str, store.MachineView]):
    """The store's machines as a mapping. A view is computed when it is read (TIER-3)."""

    def __init__(self, machines: store.Store, read_revs: dict[str, Mapping[str, int]]) -> None:
        self._store = machines
        self._read_revs = read_revs

    def __getitem__(self, machine: str) -> store.MachineView:
        found = self._store.view(machine)
        if found is None:
            raise KeyError(machine)
        self._read_revs[machine] = self._store.server.revs.get(machine, {})
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._store.machines()))

    def __len__(self) -> int:
        return sum(1 for _ in self._store.machines())
