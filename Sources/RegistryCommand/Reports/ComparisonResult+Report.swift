internal import Presentation
internal import RegistryKit

extension ComparisonResult {
  /// The rows, for people.
  func report(_ style: Style) -> String {
    var text = style("\(model)@\(version)".safeForTerminal, .heading)
    text += " on \(dataset.safeForTerminal): accuracy on \(Quantity.count(testImages, "image")) "
    text +=
      "of the \(split) split, \(Quantity.count(seeds, "seed")), run \(run.safeForTerminal)\n\n"
    var table = Table(
      "trained", ">images a label", ">images", ">accuracy", ">±", ">seconds", ">images seen",
      ">stored")
    for row in rows {
      table.add(
        .init(row.method.title, .heading),
        .init(row.imagesPerClass.map { Quantity.count($0) } ?? "all"),
        .init(Quantity.count(row.images)), .init(Quantity.percent(row.accuracy)),
        .init(Quantity.percent(row.accuracyStandardDeviation)),
        .init(Quantity.fixed(row.seconds, 2)), .init(Quantity.count(row.imagesSeen)),
        .init(Quantity.bytes(row.bytesStored)))
    }
    return text + table.text(style)
  }
}

extension ComparisonResult.Method {
  /// What people call it.
  var title: String {
    switch self {
    case .head: "head only"
    case .fineTuned: "fine-tuned"
    case .scratch: "from scratch"
    }
  }
}
