/// A language in which graphs are written as they are read: all models first, then the edges.
package protocol LineageLanguage {
  mutating func beginning(_ subject: ModelName) throws -> String
  mutating func text(of node: LineageGraph.Node) throws -> String
  mutating func text(of edge: LineageGraph.Edge) throws -> String
  /// What follows the last edge.
  var end: String { get }
}

extension LineageGraph {
  /// The graph in a language.
  package func text(in language: some LineageLanguage) throws -> String {
    var language = language
    var text = try language.beginning(subject)
    for node in nodes { text += try language.text(of: node) }
    for edge in edges { text += try language.text(of: edge) }
    return text + language.end
  }
}

/// The answer of `--json`.
package struct LineageJSON: LineageLanguage {
  private var hasNodes = false
  private var hasEdges = false

  package init() {}

  package func beginning(_ subject: ModelName) throws -> String {
    "{\n  \"subject\": \(try JSONValue(encoding: subject).text(indentation: 2)),\n  \"nodes\": ["
  }

  package mutating func text(of node: LineageGraph.Node) throws -> String {
    defer { hasNodes = true }
    return (hasNodes ? "," : "") + "\n    " + (try JSONValue(encoding: node).text(indentation: 4))
  }

  package mutating func text(of edge: LineageGraph.Edge) throws -> String {
    defer { hasEdges = true }
    let separator = hasEdges ? "," : edgesBegin
    return separator + "\n    " + (try JSONValue(encoding: edge).text(indentation: 4))
  }

  private var edgesBegin: String { "\n  ],\n  \"edges\": [" }

  package var end: String { (hasEdges ? "\n  ]" : edgesBegin + "]") + "\n}\n" }
}
