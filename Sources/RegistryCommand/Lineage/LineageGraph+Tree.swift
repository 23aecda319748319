internal import Presentation
internal import RegistryKit

extension LineageGraph {
  /// The graph as a tree for terminals: children below their base, with what each took from it.
  ///
  /// The version that was asked about is marked.
  ///
  /// - Complexity: O(nodes + edges), and the depth for each line.
  func tree(_ style: Style) -> String {
    var incoming: Set<ModelName> = []
    var children: [ModelName: [Edge]] = [:]
    for edge in edges {
      incoming.insert(edge.child)
      children[edge.base, default: []].append(edge)
    }
    var byName: [ModelName: Node] = [:]
    for node in nodes { byName[node.name] = node }

    var output = ""
    var drawn: Set<ModelName> = []
    // Not recursive: a chain of versions may be longer than the stack is deep.
    var pending: [Branch] = nodes.reversed().filter { !incoming.contains($0.name) }
      .map { Branch(name: $0.name, edge: nil, lead: "", continuation: "") }
    while let branch = pending.popLast() {
      let isAgain = !drawn.insert(branch.name).inserted
      output += branch.lead
      output += line(branch, byName[branch.name], isAsked: branch.name == subject, isAgain, style)
      if isAgain { continue }
      let edges = children[branch.name] ?? []
      for (index, edge) in edges.enumerated().reversed() {
        let isLast = index == edges.count - 1
        pending.append(
          Branch(
            name: edge.child, edge: edge, lead: branch.continuation + (isLast ? "└─ " : "├─ "),
            continuation: branch.continuation + (isLast ? "   " : "│  ")))
      }
    }
    return output
  }

  /// A node that is still to be drawn.
  private struct Branch {
    let name: ModelName
    let edge: Edge?
    let lead: String
    let continuation: String
  }

  private func line(
    _ branch: Branch, _ node: Node?, isAsked: Bool, _ isAgain: Bool, _ style: Style
  ) -> String {
    var parts = [
      style(branch.name.description.safeForTerminal, isAsked ? .good : .heading)
        + (isAsked ? style(" ◀", .good) : "")
    ]
    if let edge = branch.edge { parts.append(edge.text) }
    if isAgain {
      parts.append(style("(shown above)", .faint))
    } else if let node {
      if node.deleted { parts.append(style("deleted", .warning)) }
      if let dataset = node.dataset {
        parts.append(style("on \(dataset.safeForTerminal)", .faint))
      }
      if let run = node.run {
        parts.append(style("run \(run.prefix(12).safeForTerminal)", .faint))
      }
      for recall in node.recalled {
        let text =
          recall.name == node.name ? "recalled: \(recall.reason)" : "recalled with \(recall.name)"
        parts.append(style(text.safeForTerminal, .bad))
      }
    }
    return parts.joined(separator: "  ") + "\n"
  }
}

extension LineageGraph.Edge {
  /// What the child took, for example `18 inherited, 1 added, 1 dropped; 10.2 KB new, 13.6 MB shared`.
  var text: String {
    let layers = [
      (inheritedLayers, "inherited"), (retrainedLayers, "retrained"), (addedLayers, "added"),
      (droppedLayers, "dropped"),
    ].filter { $0.0 > 0 }.map { "\(Quantity.count($0.0)) \($0.1)" }
    return layers.joined(separator: ", ")
      + "; \(Quantity.bytes(newBytes)) new, \(Quantity.bytes(sharedBytes)) shared"
  }
}

extension CommonAncestor {
  /// The nearest common ancestor, for people.
  func report(_ style: Style) -> String {
    guard let commonAncestor, let aDistance, let bDistance else {
      return "\(a.description.safeForTerminal) and \(b.description.safeForTerminal) have no common "
        + "ancestor.\n"
    }
    return style(commonAncestor.description.safeForTerminal, .heading) + "\n"
      + "  \(a.description.safeForTerminal): \(Quantity.count(aDistance, "step")) below\n"
      + "  \(b.description.safeForTerminal): \(Quantity.count(bDistance, "step")) below\n"
  }
}
