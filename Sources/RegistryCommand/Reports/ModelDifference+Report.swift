internal import Presentation
internal import RegistryKit

extension ModelDifference {
  /// Runs of the same status that are at least this long become one line.
  private static let longestRun = 4

  /// How two models differ, for people; long runs of layers that are the same become one line.
  func report(_ style: Style) -> String {
    var table = Table("layer", "status", ">change")
    var index = 0
    while index < layers.count {
      let end = layers[index...].firstIndex { $0.status != .same } ?? layers.count
      if end - index >= Self.longestRun {
        table.addRemark("… \(Quantity.count(end - index, "layer")) the same")
        index = end
        continue
      }
      let layer = layers[index]
      table.add(
        .init(layer.name), .init(layer.status.rawValue, layer.status.role),
        .init(layer.relativeChange.map(Quantity.percent) ?? "–"))
      index += 1
    }
    let counts = [Status.same, .retrained, .added, .dropped].map { status in
      "\(Quantity.count(layers.count { $0.status == status })) \(status.rawValue)"
    }
    return style("\(a) → \(b)".safeForTerminal, .heading) + "\n" + table.text(style) + "\n"
      + counts.joined(separator: ", ") + "; \(Quantity.bytes(sharedBytes)) shared\n"
  }
}

extension ModelDifference.Status {
  fileprivate var role: Style.Role {
    switch self {
    case .same: .faint
    case .retrained: .warning
    case .added: .good
    case .dropped: .bad
    }
  }
}
