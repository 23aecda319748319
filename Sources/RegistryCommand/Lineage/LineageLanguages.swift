internal import RegistryKit

/// The language of Graphviz.
struct LineageDot: LineageLanguage {
  func beginning(_ subject: ModelName) -> String {
    "digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n"
  }

  func text(of node: LineageGraph.Node) -> String {
    var text = "  \(Self.quoted(node.name.description))"
    var attributes: [String] = []
    let lines = [node.name.description] + node.remarks
    if lines.count > 1 { attributes.append("label=\(Self.quoted(lines.joined(separator: "\n")))") }
    if !node.recalled.isEmpty { attributes += ["color=red", "fontcolor=red"] }
    if !attributes.isEmpty { text += " [\(attributes.joined(separator: ", "))]" }
    return text + ";\n"
  }

  func text(of edge: LineageGraph.Edge) -> String {
    "  \(Self.quoted(edge.base.description)) -> \(Self.quoted(edge.child.description))"
      + " [label=\(Self.quoted(edge.text))];\n"
  }

  var end: String { "}\n" }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for character in text {
      switch character {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      default: quoted.append(character)
      }
    }
    return quoted + "\""
  }
}

/// The language of Mermaid; nodes are numbered, since its names may not hold `@`.
struct LineageMermaid: LineageLanguage {
  private var numbers: [ModelName: Int] = [:]

  func beginning(_ subject: ModelName) -> String { "flowchart LR\n" }

  mutating func text(of node: LineageGraph.Node) -> String {
    let number = numbers.count
    numbers[node.name] = number
    let label = ([node.name.description] + node.remarks).map(Self.escaped)
    let mark = node.recalled.isEmpty ? "" : "\n  style n\(number) stroke:#d00"
    return "  n\(number)[\"\(label.joined(separator: "<br>"))\"]\(mark)\n"
  }

  func text(of edge: LineageGraph.Edge) -> String {
    guard let base = numbers[edge.base], let child = numbers[edge.child] else { return "" }
    return "  n\(base) -->|\"\(Self.escaped(edge.text))\"| n\(child)\n"
  }

  var end: String { "" }

  /// Everything but letters, digits and harmless signs as Mermaid's entities.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      let isHarmless =
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
        || " .,@/-_".unicodeScalars.contains(scalar)
      if isHarmless {
        escaped.unicodeScalars.append(scalar)
      } else {
        escaped += "#\(scalar.value);"
      }
    }
    return escaped
  }
}

extension LineageGraph.Node {
  /// What is told of a version below its name.
  var remarks: [String] {
    [dataset, deleted ? "deleted" : nil].compactMap { $0 }
      + recalled.map { recall in
        recall.name == name ? "recalled: \(recall.reason)" : "recalled with \(recall.name)"
      }
  }
}
