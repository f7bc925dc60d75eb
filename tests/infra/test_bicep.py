"""Bicep is read as the language means it, also where the grammar does not; and evaluated as far as it can be known."""

from pathlib import Path

import pytest

from tests.infra.bicep import read
from tests.infra.evaluation import Scope
from tests.infra.tree import Tree
from tests.infra.values import text


def value(tmp_path: Path, expression: str, *declared: str) -> str:
    """What an expression comes to, as text."""
    path = tmp_path / "main.bicep"
    path.write_text("\n".join([*declared, f"var result = {expression}", ""]), "utf-8")
    file = read(path, "main.bicep")
    assert file.faults == []
    return text(Scope(Tree(tmp_path), file).value(file.variables["result"].value))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Precedence that the grammar has otherwise
        ("true && { a: false }.a", "false"),
        ("false || true && false", "false"),
        ("true ? 'a' : { b: 'b' }.b", "a"),
        ("false ? 'a' : { b: 'b' }.b", "b"),
        ("({ a: 1 }).a + 2 * 3", "7"),
        ("1 + 2 == 3 && !({ a: true }).a", "false"),
        ("null ?? { a: 'x' }.a", "x"),
        ("filter([{ a: 1, b: true }, { a: 2, b: false }], i => i.a == 2 && !i.b)[0].a", "2"),
        ("map([1, 2], i => { n: i })[1].n", "2"),
        # Items of arrays that the grammar takes apart or together
        ("[toUpper('a'), toLower('B')]", "[A, b]"),
        ("[\n  toUpper('a')\n  ('b')\n  true\n    ? 'c'\n    : 'd'\n]", "[A, b, c]"),
        ("[resourceGroup().id]", "[resourceGroup().id]"),
        # Strings
        (r"'it\'s \${x} \u{41}'", "it's ${x} A"),
        ("'''\na ${b} 'c'\n'''", "a ${b} 'c'\n"),
        ("'${1 + 1}-${'x'}'", "2-x"),
        # Functions and loops
        ("union({ a: 1 }, { b: 2 }, { a: 3 })", "{a: 3, b: 2}"),
        ("concat([1], [2])", "[1, 2]"),
        ("[for i in range(0, 3): i * 2]", "[0, 2, 4]"),
        ("[for (name, i) in ['a', 'b']: '${name}${i}']", "[a0, b1]"),
        ("toObject(['a'], i => i, i => { n: i }).a.n", "a"),
        ("format('{0}{{x}}', 'a')", "a{x}"),
        ("json('{\"a\": [1]}').a[0]", "1"),
        ("empty(resourceGroup().id)", "empty(resourceGroup().id)"),
        ("uniqueString('a') == uniqueString('a')", "uniqueString(a) == uniqueString(a)"),
    ],
)
def test_an_expression_comes_to(tmp_path: Path, expression: str, expected: str) -> None:
    assert value(tmp_path, expression) == expected


def test_what_a_parameter_decides_is_a_choice(tmp_path: Path) -> None:
    declared = "@description('d')\nparam on bool"
    assert value(tmp_path, "on ? 'a' : 'b'", declared) == "(a or b)"
    assert value(tmp_path, "union({ a: 1 }, on ? { b: 2 } : {}).b", declared) == "(2 or null)"
    assert value(tmp_path, "union({ a: 1 }, on ? { a: 2 } : {}).a", declared) == "(1 or 2)"
    assert value(tmp_path, "concat(['a'], on ? ['b'] : [])", declared) == "[a, b]"


MODULE = """
@description('Name.')
param name string
resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  resource blobs 'blobServices' = {
    name: 'default'
  }
}
resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-01-01' = [
  for i in range(0, 2): if (i > 0) {
    parent: account::blobs
    name: 'c${i}'
  }
]
@description('Endpoint.')
output endpoint string = account.properties.primaryEndpoints.blob
@description('Name.')
output name string = account.name
"""
MAIN = """
@description('Whether.')
param on bool
module one 'module.bicep' = if (on) {
  params: { name: 'first' }
}
module two 'module.bicep' = {
  params: { name: on ? one!.outputs.name : 'second' }
}
@description('Endpoint.')
output endpoint string = two.outputs.endpoint
"""


def test_modules_are_followed(tmp_path: Path) -> None:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "module.bicep").write_text(MODULE)
    (tmp_path / "infra" / "main.bicep").write_text(MAIN)
    tree = Tree(tmp_path)

    with_one = [made.name for made in tree.plan("infra/main.bicep", on=True).made]
    without = tree.plan("infra/main.bicep", on=False).made

    assert with_one == ["first", "first/default", "first/default/c1"] * 2
    assert [made.name for made in without] == ["second", "second/default", "second/default/c1"]
    assert [made.type.rpartition("/")[2] for made in without] == ["storageAccounts", "blobServices", "containers"]
    endpoint = Scope(tree, tree.bicep(tmp_path / "infra" / "main.bicep"), {"on": False}, defaults=True).output(
        "endpoint"
    )
    assert text(endpoint) == "microsoft.storage/storageaccounts/second.properties.primaryEndpoints.blob"


@pytest.mark.parametrize(
    "source",
    [
        "var a = { ...b }",
        "param a resourceInput<'Microsoft.Storage/storageAccounts@2025-01-01'>",
        "var a = $'''x${1}'''",
        "var a = ",
        "assert a = true",
    ],
)
def test_syntax_errors_are_reported(tmp_path: Path, source: str) -> None:
    path = tmp_path / "a.bicep"
    path.write_text(f"{source}\n")
    assert [fault for fault in read(path, "a.bicep").faults if fault.startswith("a.bicep:1 ")]


def test_a_parameter_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.bicepparam"
    path.write_text("using 'main.bicep'\nparam a = readEnvironmentVariable('A', 'x')\nvar b = 1\nparam c = [b]\n")
    file = read(path, "a.bicepparam")
    assert (file.faults, file.using, file.given) == ([], "main.bicep", {"a", "c"})
    assert text(Scope(Tree(tmp_path), file).value(file.variables["a"].value)) == "x"
