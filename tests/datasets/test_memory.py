import os

import pytest

from tfgan_it.datasets import memory
from tfgan_it.datasets.memory import check_memory

MACHINE = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def test_half_of_the_memory_of_a_machine(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "CONTAINER_LIMIT", tmp_path / "absent")
    check_memory("it", MACHINE // 2)
    with pytest.raises(ValueError, match=r"^it needs .* GiB of memory, more than half of"):
        check_memory("it", MACHINE // 2 + 1)


@pytest.mark.parametrize(("limit", "allowed"), [("1048576\n", 524_288), ("max\n", MACHINE // 2)])
def test_half_of_the_memory_of_a_container(monkeypatch, tmp_path, limit, allowed):
    (tmp_path / "memory.max").write_text(limit)
    monkeypatch.setattr(memory, "CONTAINER_LIMIT", tmp_path / "memory.max")
    check_memory("it", allowed)
    with pytest.raises(ValueError, match="more than half"):
        check_memory("it", allowed + 1)
