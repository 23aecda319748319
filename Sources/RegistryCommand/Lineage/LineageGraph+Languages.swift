internal import RegistryKit

extension LineageGraph {
  /// The graph in the language of Graphviz.
  var dot: String {
    var text = "digraph lineage {\n  rankdir=LR;\n  node [shape=box];\n"
    for node in nodes {
      text += "  \(Self.dotQuoted(node.name.description))"
      let label = Self.label(of: node)
      if label.count > 1 {
        text += " [label=\(Self.dotQuoted(label.joined(separator: "\n")))]"
      }
      text += ";\n"
    }
    for edge in edges {
      text += "  \(Self.dotQuoted(edge.base.description)) -> "
      text += "\(Self.dotQuoted(edge.child.description)) [label=\(Self.dotQuoted(edge.text))];\n"
    }
    return text + "}\n"
  }

  /// The graph in the language of Mermaid; nodes are numbered, since its names may not hold `@`.
  var mermaid: String {
    var text = "flowchart LR\n"
    var numbers: [ModelName: Int] = [:]
    for (number, node) in nodes.enumerated() {
      numbers[node.name] = number
      text +=
        "  n\(number)[\"\(Self.label(of: node).map(Self.mermaidEscaped).joined(separator: "<br>"))\"]\n"
    }
    for edge in edges {
      guard let base = numbers[edge.base], let child = numbers[edge.child] else { continue }
      text += "  n\(base) -->|\"\(Self.mermaidEscaped(edge.text))\"| n\(child)\n"
    }
    return text
  }

  /// The lines in the box of a version.
  private static func label(of node: Node) -> [String] {
    [node.name.description, node.dataset, node.deleted ? "deleted" : nil].compactMap { $0 }
  }

  private static func dotQuoted(_ text: String) -> String {
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

  /// Everything but letters, digits and harmless signs as Mermaid's entities.
  private static func mermaidEscaped(_ text: String) -> String {
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
