import pytest

from tfgan_it.errors import nearest_names, one_line, unknown_name


@pytest.mark.parametrize(
    "name, nearest",
    [
        ("infogam", "infogan"),
        ("INFOGAN", "infogan"),
        ("DC-GAN", "dcgan"),
        ("wgan_gp", "wgan"),
    ],
)
def test_the_error_names_the_value_what_is_allowed_and_the_nearest(name, nearest):
    error = unknown_name("recipe", name, ["wgan", "infogan", "dcgan"])
    assert type(error) is ValueError
    assert str(error) == (
        f"Unknown recipe '{name}': use one of dcgan, infogan, wgan (nearest: {nearest})."
    )


@pytest.mark.parametrize("name", ["", "?", None, 7, "two\nlines"])
def test_values_that_are_not_names_give_one_line_too(name):
    message = str(unknown_name("loss", name, ["hinge"]))
    assert message == f"Unknown loss {name!r}: use one of hinge (nearest: hinge)."
    assert "\n" not in message


@pytest.mark.parametrize("allowed", [{"b": 1, "a": 2}, ("b", "a"), iter(["b", "a"])])
def test_allowed_names_come_from_anything_that_yields_them(allowed):
    assert "use one of a, b (nearest: b)." in str(unknown_name("name", "bb", allowed))


@pytest.mark.parametrize("allowed", [["xyz", "abc", "ab"], {"xyz": 1, "ab": 2, "abc": 3}])
def test_the_nearest_names_come_nearest_first(allowed):
    # Of 2 M / T, M letters in common of T: 1 for ab, 4 / 5 for abc, 0 for xyz.
    assert nearest_names("ab", allowed, n=3) == ["ab", "abc", "xyz"]
    assert nearest_names("ab", iter(allowed), n=2) == ["ab", "abc"]
    assert nearest_names("AB", allowed) == ["ab"]


@pytest.mark.parametrize("name", ["", "?", None, 7])
def test_something_is_always_nearest(name):
    assert nearest_names(name, ["hinge"], n=3) == ["hinge"]


def test_where_there_is_no_name_none_is_shown():
    assert str(unknown_name("code", "style", ())) == "Unknown code 'style': there is none."


def test_nodes_and_colours_are_left_out():
    message = "{{function_node __a}} \x1b[1mdisk full\x1b[0m\n\t [[{{node Save}}]] [Op:Save]"
    assert one_line(message) == "disk full"
