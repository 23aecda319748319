internal import Presentation
internal import RegistryKit

extension FrozenProof {
  /// What was proved, step by step, for people.
  func report(_ style: Style) -> String {
    var text =
      isProven
      ? style("\(model)@\(version): ".safeForTerminal, .heading)
        + style("every frozen layer is its base's, bit for bit", .good)
      : style("\(model)@\(version): ".safeForTerminal, .heading) + style("not proven", .bad)
    text += "\n"
    if !edges.isEmpty {
      var table = Table(
        "base", "child", ">frozen", ">identical", ">inherited", ">retrained", ">added", ">dropped")
      for edge in edges {
        table.add(
          .init("\(edge.base)"), .init("\(edge.child)"), .init(Quantity.count(edge.frozenLayers)),
          .init(
            Quantity.count(edge.identicalLayers),
            edge.identicalLayers == edge.frozenLayers ? .good : .bad),
          .init(Quantity.count(edge.inheritedLayers)),
          .init(Quantity.count(edge.retrainedLayers)), .init(Quantity.count(edge.addedLayers)),
          .init(Quantity.count(edge.droppedLayers)))
      }
      text += "\n" + table.text(style) + "\n"
    }
    text += "\(origin.model) was \(origin.kind)".safeForTerminal
    if let file = origin.file, let state = origin.state {
      text += " from \(file), ".safeForTerminal + state.words
    }
    text += "\nRead \(Quantity.count(tensors, "tensor")) again, \(Quantity.bytes(bytes))\n"
    return text + ProblemList.text(problems, style)
  }
}

extension FrozenProof.FileState {
  fileprivate var words: String {
    switch self {
    case .identical: "which has exactly these tensors"
    case .different: "which has other tensors now"
    case .absent: "which is not there any more"
    }
  }
}

/// What is wrong, one sentence a line.
enum ProblemList {
  static func text(_ problems: [String], _ style: Style) -> String {
    guard !problems.isEmpty else { return "" }
    return "\n" + problems.map { style("wrong", .bad) + " \($0.safeForTerminal)\n" }.joined()
  }
}
