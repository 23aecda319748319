internal import Presentation
internal import RegistryKit

extension EvaluationResult {
  /// The most labels whose confusion matrix is shown whole.
  private static let widestMatrix = 12

  /// How well a model does, for people.
  func report(_ style: Style) -> String {
    var text = style("\(model)@\(version)".safeForTerminal, .heading)
    text += " on \(dataset.safeForTerminal), split \(split): \(Quantity.count(images, "image"))"
    text += " in \(Quantity.duration(seconds)), run \(run.safeForTerminal)\n\n"
    var numbers = Table("", ">")
    numbers.add(
      multiLabel ? "all labels right" : "accuracy",
      .init(Quantity.percent(accuracy), multiLabel ? .plain : .heading))
    if let meanAveragePrecision {
      numbers.add(
        "mean average precision", .init(Quantity.percent(meanAveragePrecision), .heading))
    }
    if let microF1, let macroF1 {
      numbers.add("F1, micro", .init(Quantity.fixed(microF1, 3)))
      numbers.add("F1, macro", .init(Quantity.fixed(macroF1, 3)))
    }
    numbers.add("loss", .init(Quantity.significant(loss)))
    numbers.add(
      "expected calibration error", .init(Quantity.significant(expectedCalibrationError)))
    text += numbers.text(style) + "\n" + classTable(style)
    guard let confusionMatrix else { return text }
    return text + "\n"
      + (labels.count <= Self.widestMatrix
        ? matrix(confusionMatrix, style) : confusions(confusionMatrix, style))
  }

  private func classTable(_ style: Style) -> String {
    var table = Table(
      headings: ["label", ">precision", ">recall", ">F1"]
        + (multiLabel ? [">average precision"] : []) + [">images"])
    for result in perClass {
      let average = result.averagePrecision.map(Quantity.percent) ?? "–"
      table.add(
        [
          .init(result.label), .init(Quantity.percent(result.precision)),
          .init(Quantity.percent(result.recall)), .init(Quantity.fixed(result.f1, 3)),
        ] + (multiLabel ? [.init(average)] : []) + [.init(Quantity.count(result.support))])
    }
    return table.text(style)
  }

  private func matrix(_ confusionMatrix: [[Int]], _ style: Style) -> String {
    var table = Table(headings: ["is \\ taken for"] + labels.map { ">" + $0 })
    for (row, counts) in confusionMatrix.enumerated() {
      table.add(
        [.init(row < labels.count ? labels[row] : "")]
          + counts.enumerated().map { column, count in
            let role: Style.Role = row == column ? .good : count > 0 ? .bad : .faint
            return .init(Quantity.count(count), role)
          })
    }
    return table.text(style)
  }

  /// The most frequent mistakes, when the matrix is too wide for a terminal.
  private func confusions(_ confusionMatrix: [[Int]], _ style: Style) -> String {
    var mistakes: [(label: Int, taken: Int, count: Int)] = []
    for (row, counts) in confusionMatrix.enumerated() {
      for (column, count) in counts.enumerated() where row != column && count > 0 {
        mistakes.append((row, column, count))
      }
    }
    mistakes.sort { ($1.count, $0.label, $0.taken) < ($0.count, $1.label, $1.taken) }
    if mistakes.isEmpty { return "No image was taken for another label.\n" }
    var table = Table("most frequent mistakes", "taken for", ">images")
    for mistake in mistakes.prefix(20) {
      table.add(
        .init(labels[mistake.label]), .init(labels[mistake.taken]),
        .init(Quantity.count(mistake.count)))
    }
    return table.text(style) + style("--json has the whole matrix.", .faint) + "\n"
  }
}

extension PredictionResult {
  /// The labels of some images, for people.
  func report(_ style: Style) -> String {
    var table = Table("image", "label", ">probability")
    for prediction in predictions {
      for (rank, candidate) in prediction.labels.enumerated() {
        table.add(
          .init(rank == 0 ? prediction.path : ""),
          .init(candidate.label, rank == 0 ? .heading : .plain),
          .init(Quantity.percent(candidate.probability)))
      }
    }
    return table.text(style)
  }
}
