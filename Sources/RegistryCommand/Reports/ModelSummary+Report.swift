internal import Presentation
internal import RegistryKit

extension ModelList {
  /// Models in a list, for people.
  func report(isNarrowed: Bool, _ style: Style) -> String {
    if models.isEmpty {
      return isNarrowed ? "No model is like that.\n" : "There are no models yet.\n"
    }
    // Who uses no tags and recalls nothing sees no columns of them.
    let hasTags = models.contains { !$0.tags.isEmpty }
    let hasRecalls = models.contains { !$0.recalled.isEmpty }
    var table = Table(
      headings: [
        "model", "origin", "base", "architecture", ">parameters", ">labels", ">own", ">shared",
        ">validation accuracy", "created", "aliases",
      ] + (hasTags ? ["tags"] : []) + (hasRecalls ? ["recalled"] : []))
    for model in models {
      var cells: [Table.Cell] = [
        .init("\(model.model)@\(model.version)", .heading), .init(model.origin),
        .init(model.base?.description ?? ""), .init(model.architecture),
        .init(Quantity.count(model.parameters)), .init(Quantity.count(model.labels.count)),
        .init(Quantity.bytes(model.ownBytes)), .init(Quantity.bytes(model.sharedBytes)),
        .init(model.metrics["validation_accuracy"].map(Quantity.percent) ?? ""),
        .init(Quantity.time(model.createdAt)), .init(model.aliases.joined(separator: ", ")),
      ]
      if hasTags { cells.append(.init(TagList.text(model.tags))) }
      if hasRecalls { cells.append(.init(RecallList.text(model.recalled), .bad)) }
      table.add(cells)
    }
    return table.text(style)
  }
}

extension ModelDetails {
  /// One model with its layers, for people.
  func report(_ style: Style) -> String {
    var facts = Table("", "")
    facts.add("architecture", .init(summary.architecture))
    facts.add("origin", .init(summary.origin))
    if let base = summary.base { facts.add("base", .init(base.description)) }
    if let run = summary.run { facts.add("run", .init(run)) }
    facts.add("created", .init(summary.createdAt))
    if !summary.aliases.isEmpty {
      facts.add("aliases", .init(summary.aliases.joined(separator: ", ")))
    }
    if !summary.tags.isEmpty { facts.add("tags", .init(TagList.text(summary.tags))) }
    if let note = summary.note { facts.add("note", .init(note)) }
    for recall in summary.recalled {
      facts.add("recalled", .init("\(recall.name): \(recall.reason)", .bad))
    }
    facts.add("parameters", .init(Quantity.count(summary.parameters)))
    facts.add(
      "bytes",
      .init(
        "\(Quantity.bytes(summary.ownBytes)) own, \(Quantity.bytes(summary.sharedBytes)) shared"))
    facts.add("labels", .init(LabelList.text(summary.labels)))
    facts.add("pictures", .init(preprocessing.text))
    var text = style("\(summary.model)@\(summary.version)".safeForTerminal, .heading) + "\n"
    text += facts.text(style) + "\n"
    if !summary.metrics.isEmpty {
      text += MetricList.text(summary.metrics, style) + "\n"
    }
    return text + layerTable(style)
  }

  private func layerTable(_ style: Style) -> String {
    var table = Table("layer", "kind", ">bytes", "training", "weights")
    for layer in layers {
      table.add(
        .init(layer.name), .init(layer.kind), .init(Quantity.bytes(layer.bytes)),
        layer.frozen ? .init("frozen", .faint) : .init("trainable", .good),
        layer.inherited ? .init("the base's", .faint) : .init("own"))
    }
    return table.text(style)
  }
}

extension ModelDetails.PreprocessingSummary {
  /// What pictures go through, on one line.
  fileprivate var text: String {
    let numbers = { (values: [Float]) in
      values.map { Quantity.trimmed(Double($0)) }.joined(separator: " ")
    }
    return "short side \(shortSide) px (\(interpolation)), "
      + "crop \(crop.map(String.init).joined(separator: "×")) px, "
      + "mean \(numbers(mean)), deviation \(numbers(standardDeviation))"
  }
}
