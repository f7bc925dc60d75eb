// Analyses Kusto queries with the language service of Azure's editors.
//
// Usage: node kusto.cjs NODE_MODULES < input > output. The input is JSON: `tables`, the types of columns by their names
// by tables, and `queries`, a list of texts. The output is a list with what is known of each query; kusto.py describes it.
"use strict";

const { readFileSync } = require("node:fs");
const { join } = require("node:path");

const service = join(process.argv[2], "@kusto", "language-service-next");
require(join(service, "bridge.min.js"));
require(join(service, "Kusto.Language.Bridge.min.js"));
const { Bridge } = globalThis;
const { GlobalState, KustoCode, Symbols, Syntax } = globalThis.Kusto.Language;

const list = (items) => Array.from({ length: items.Count }, (_, at) => items.getItem(at));
const is = (node, name) => Bridge.is(node, Syntax[name]);

function workspace(tables) {
  const symbols = Object.entries(tables).map(([name, columns]) => {
    const schema = Object.entries(columns).map((column) => column.join(":"));
    return Symbols.TableSymbol.From(`(${schema.join(", ")})`).WithName(name);
  });
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("workspace", symbols));
}

/** `Properties.name`, if an expression is that property of a row, as it is or converted; else null. */
function property(node) {
  if (is(node, "FunctionCallExpression") && node.ArgumentList.Expressions.Count === 1) {
    return property(node.ArgumentList.Expressions.getItem(0).Element$1);
  }
  if (is(node, "PathExpression") && node.Expression.SimpleName === "Properties") {
    return `Properties.${node.Selector.SimpleName}`;
  }
  const isElement = is(node, "ElementExpression") && node.Expression.SimpleName === "Properties";
  return isElement ? `Properties.${node.Selector.Expression.LiteralValue}` : null;
}

/** Reads the syntax tree of one query. */
class Reader {
  constructor() {
    this.pipelines = [];
    this.named = new Map(); // the pipelines of `let` statements, by their names
    this.origins = new Map(); // the columns that are a property, by their symbols
  }

  read(node, pipeline) {
    const isInner = is(node.Parent, "PipeExpression") && node.NameInParent === "Expression";
    const here = is(node, "PipeExpression") && !isInner ? this.begin(pipeline) : pipeline;
    for (let at = 0; at < node.ChildCount; at += 1) {
      const child = node.GetChild(at);
      if (is(child, "SyntaxNode")) {
        this.read(child, here);
      }
    }
    this.note(node, here);
  }

  begin(outer) {
    const pipeline = { tables: [], compared: [], properties: [], uses: [] };
    this.pipelines.push(pipeline);
    outer.uses.push(this.pipelines.length - 1);
    return pipeline;
  }

  note(node, here) {
    const found = property(node);
    if (found && !is(node, "FunctionCallExpression")) {
      here.properties.push(found);
    } else if (is(node, "NameReference")) {
      this.noteName(node, here);
    } else if (is(node, "SimpleNamedExpression") && property(node.Expression)) {
      this.origins.set(node.Name.ReferencedSymbol, property(node.Expression));
    } else if (is(node, "BinaryExpression")) {
      this.compare(node, [node.Right], here);
    } else if (is(node, "InExpression") || is(node, "HasAnyExpression")) {
      this.compare(node, list(node.Right.Expressions).map((item) => item.Element$1), here);
    } else if (is(node, "LetStatement")) {
      this.named.set(node.Name.SimpleName, here.uses);
    }
  }

  noteName(node, here) {
    if (Bridge.is(node.ReferencedSymbol, Symbols.TableSymbol)) {
      here.tables.push(node.SimpleName);
    }
    here.uses.push(...(this.named.get(node.SimpleName) ?? []));
  }

  compare(node, others, here) {
    const left = property(node.Left) ?? this.origins.get(node.Left.ReferencedSymbol) ?? node.Left.SimpleName;
    for (const other of others) {
      if (left && is(other, "LiteralExpression") && typeof other.LiteralValue === "string") {
        here.compared.push([left, node.Operator.Text, other.LiteralValue]);
      }
    }
  }
}

function analyse(text, globals) {
  const code = KustoCode.ParseAndAnalyze(text, globals);
  const whole = { tables: [], compared: [], properties: [], uses: [] };
  const reader = new Reader();
  reader.pipelines.push(whole);
  for (const statement of list(code.Syntax.Statements)) {
    whole.uses = [];
    reader.read(statement.Element$1, whole);
  }
  const isTable = Bridge.is(code.ResultType, Symbols.TableSymbol);
  return {
    diagnostics: list(code.GetDiagnostics()).map((found) => [found.Start, found.Message]),
    columns: isTable ? list(code.ResultType.Columns).map((column) => [column.Name, column.Type.Name]) : [],
    pipelines: reader.pipelines,
  };
}

const { tables, queries } = JSON.parse(readFileSync(0, "utf8"));
const globals = workspace(tables);
process.stdout.write(JSON.stringify(queries.map((text) => analyse(text, globals))));
