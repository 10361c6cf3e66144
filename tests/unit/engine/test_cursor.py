"""Cursors: sections, rescues, always parts, inserts, and the order of places."""

from __future__ import annotations

from deployer.engine.cursor import Cursor
from deployer.engine.program import Flush, Section


class Named:
    """Stands for a step: a cursor never looks inside one."""

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return self.name


def steps(text):
    return tuple(Named(name) for name in text)


def walk(cursor, fail_at=()):
    """The names met until the end; steps in `fail_at` fail."""
    met = []
    while cursor.at is not None:
        name = cursor.at.name
        met.append(name)
        if name in fail_at:
            cursor.fail()
        else:
            cursor.advance()
    return "".join(met)


def block(body, rescue="", always=""):
    return Section(steps(body), steps(rescue), steps(always))


def test_steps_come_in_order():
    assert walk(Cursor(steps("abc"))) == "abc"


def test_an_empty_program_is_at_its_end():
    assert Cursor(()).at is None
    assert Cursor((Section(()),)).at is None


def test_a_rescue_runs_only_after_a_failure():
    program = (*steps("a"), block("bc", "r"), *steps("z"))
    assert walk(Cursor(program)) == "abcz"
    assert walk(Cursor(program), fail_at="b") == "abrz"


def test_always_runs_in_any_case():
    program = (block("bc", "r", "w"), *steps("z"))
    assert walk(Cursor(program)) == "bcwz"
    assert walk(Cursor(program), fail_at="b") == "brwz"


def test_a_failure_in_the_rescue_ends_the_host_after_always():
    cursor = Cursor((block("b", "r", "w"), *steps("z")))
    assert walk(cursor, fail_at="br") == "brw"
    assert cursor.fatal


def test_a_block_without_rescue_passes_its_failure_on():
    cursor = Cursor((block("b", always="w"), *steps("z")))
    assert walk(cursor, fail_at="b") == "bw"
    assert cursor.fatal


def test_an_outer_rescue_catches_what_an_inner_block_lets_through():
    inner = Section(steps("b"), (), steps("w"))
    outer = Section((inner, *steps("c")), steps("r"), ())
    cursor = Cursor((outer, *steps("z")))
    assert walk(cursor, fail_at="b") == "bwrz"
    assert not cursor.fatal


def test_a_failure_in_always_goes_outwards():
    inner = Section(steps("b"), steps("r"), steps("w"))
    cursor = Cursor((Section((inner,), steps("R"), ()), *steps("z")))
    assert walk(cursor, fail_at="w") == "bwRz"


def test_a_plain_failure_is_fatal():
    cursor = Cursor(steps("ab"))
    assert cursor.fail().fatal
    assert cursor.fatal
    assert cursor.at is None


def test_what_is_inserted_runs_next():
    cursor = Cursor(steps("ab"))
    cursor.insert(steps("xy"))
    assert walk(cursor) == "xyb"


def test_an_empty_insert_goes_on():
    cursor = Cursor(steps("ab"))
    cursor.insert(())
    assert walk(cursor) == "b"


def test_a_failure_inside_an_insert_finds_the_block_around_it():
    cursor = Cursor((block("bc", "r"), *steps("z")))
    cursor.insert(steps("xy"))
    assert walk(cursor, fail_at="x") == "xrz"


def test_places_sort_in_the_order_of_execution():
    program = (*steps("a"), block("bc", "r", "w"), *steps("z"))
    cursor = Cursor(program)
    keys = []
    while cursor.at is not None:
        keys.append(cursor.key)
        cursor.advance()
    assert keys == sorted(keys)
    rescued = Cursor(program)
    rescued.advance()
    rescued.fail()
    assert keys[1] < rescued.key < keys[3], "the rescue stands behind the block, before always"


def test_coming_does_not_move_the_cursor():
    cursor = Cursor((*steps("a"), block("b", "r", "w"), Flush(), *steps("z")))
    names = [getattr(node, "name", "flush") for node in cursor.coming()]
    assert names == ["a", "b", "w", "flush", "z"]
    assert cursor.at.name == "a"


def test_end_leaves_the_program():
    cursor = Cursor(steps("ab"))
    cursor.end()
    assert cursor.at is None
    assert not cursor.fatal
