private import Glibc
internal import Presentation
internal import RegistryKit

extension ModelImportResult {
  /// What importing a model did, for people.
  func report(_ style: Style) -> String {
    style("\(model)@\(version)".safeForTerminal, .heading) + ": \(architecture)\n"
      + "  \(Quantity.count(parameters, "parameter")) in \(Quantity.count(layers, "layer")), "
      + "\(Quantity.count(labels, "label")), \(Quantity.bytes(bytesAdded)) added\n"
  }
}

extension DeriveResult {
  /// What a derivation did, for people.
  func report(_ style: Style) -> String {
    style("\(model)@\(version)".safeForTerminal, .heading)
      + " derived from \(base.description.safeForTerminal)\n"
      + "  \(LayerCounts.text(frozen: frozenLayers, trainable: trainableLayers)), "
      + "\(Quantity.bytes(bytesAdded)) added\n"
      + "  labels: \(LabelList.text(labels))\n"
  }
}

extension TrainResult {
  /// What a training run did, for people.
  func report(_ style: Style) -> String {
    var text = style("\(model)@\(version)".safeForTerminal, .heading)
    text += " trained from \(base?.description.safeForTerminal ?? "nothing"), "
    text += "run \(run.safeForTerminal)\n"
    text += "  \(LayerCounts.text(frozen: frozenLayers, trainable: trainableLayers)), "
    text += "\(Quantity.bytes(bytesAdded)) added\n"
    text += "  \(Quantity.count(epochs, "epoch")) in \(Quantity.duration(seconds)), "
    text += "\(Quantity.fixed(imagesPerSecond, 0)) images/s; features: \(cache.text)\n\n"
    if let learningRateSearch { text += learningRateSearch.report(style) + "\n" }
    text += MetricList.text(metrics, style)
    for warning in warnings {
      text += "\n" + style("Warning:", .warning) + " \(warning.message.safeForTerminal)\n"
    }
    return text
  }
}

extension LearningRateCurve {
  /// The losses as a plot, and the rate that was chosen.
  fileprivate func report(_ style: Style) -> String {
    guard let first = points.first, let last = points.last else { return "" }
    let chart = Chart(
      title: "loss by learning rate",
      horizontal: "step, from a rate of \(Quantity.significant(first.learningRate)) to "
        + Quantity.significant(last.learningRate),
      series: [
        Chart.Series(
          name: "search",
          points: points.enumerated().map {
            Chart.Point(step: $0.offset + 1, value: $0.element.loss)
          })
      ])
    let width = min(Terminal.width(of: STDOUT_FILENO), 100)
    let rate = suggestion.map { "Chosen: \(Quantity.significant($0))" }
    return TerminalPlot.text(of: chart, width: width, style)
      + (rate ?? "No rate lowered the loss; the standard one was taken.") + "\n"
  }
}

extension CacheUse {
  /// How often the backbone was spared, in words.
  var text: String { "\(Quantity.count(hits)) cached, \(Quantity.count(misses)) computed" }
}

/// How many layers are frozen and trainable, in words.
enum LayerCounts {
  static func text(frozen: Int, trainable: Int) -> String {
    "\(Quantity.count(frozen, "frozen layer")), \(Quantity.count(trainable)) trainable"
  }
}

/// Labels on one line.
enum LabelList {
  /// The first labels, and how many there are when they are many.
  static func text(_ labels: [String], atMost limit: Int = 8) -> String {
    let names = labels.prefix(limit).map(\.safeForTerminal).joined(separator: ", ")
    return labels.count > limit ? "\(names), … (\(Quantity.count(labels.count)))" : names
  }
}

/// Metrics with one value each.
enum MetricList {
  /// A row for each metric; shares as percentages.
  static func text(_ metrics: [String: Double], _ style: Style) -> String {
    var table = Table("metric", ">value")
    for (name, value) in metrics.sorted(by: { $0.key < $1.key }) {
      table.add(.init(name), .init(self.value(value, of: name)))
    }
    return table.isEmpty ? "" : table.text(style)
  }

  /// A value as suits its metric.
  static func value(_ value: Double, of name: String) -> String {
    if value.isNaN { return "NaN" }
    return name.hasSuffix("accuracy") && value.isFinite
      ? Quantity.percent(value) : Quantity.significant(value)
  }
}
