"""What programs that compare speed share: the turns of their rounds."""

from experiments.peers.comparison import in_turn


def test_each_way_is_the_first_of_a_round_in_turn():
    begun = []
    ways = {name: lambda name=name: begun.append(name) or name.upper() for name in "abc"}
    for number, order in enumerate(("abc", "bca", "cab", "abc")):
        assert list(in_turn(ways, number).items()) == [("a", "A"), ("b", "B"), ("c", "C")]
        assert begun == [*order]
        begun.clear()
