internal import Diagnostics
internal import Presentation
internal import RegistryKit

extension ServicePage {
  /// More labels than these do not fit side by side: the worst confusions are listed instead.
  private static let maximumColumns = 24
  private static let maximumRows = 50
  private static let imagesPerPage = 60

  /// What an evaluation took for what, and how far its confidence can be trusted; nothing for runs that
  /// kept no answers.
  static func evaluation(ofRun run: String, _ registry: Registry) throws -> String {
    let confusion: EvaluationConfusion
    do {
      confusion = try registry.confusion(ofRun: run)
    } catch let error as RegistryError where error.code == .noPredictions {
      return ""
    }
    let path = imagesPath(ofRun: confusion.run)
    let right = confusion.cells.filter { $0.label == $0.answer }.reduce(0) { $0 + $1.images }
    let wrong = confusion.images - right
    let mistakes =
      wrong == 0
      ? "<p>All \(Quantity.count(confusion.images, "image")) were taken for what they are.</p>"
      : "<p><a href=\"\(path)?wrong=true\">\(Quantity.count(wrong, "image"))</a> of "
        + "\(Quantity.count(confusion.images)) were taken for something else.</p>"
    let labels = confusion.labels.count <= maximumColumns ? confusion.labels : []
    return """
      <section aria-labelledby="confusion"><h2 id="confusion">Confusion</h2>
      \(mistakes)\(labels.isEmpty ? worst(confusion, path) : matrix(confusion, path))</section>
      <section aria-labelledby="calibration"><h2 id="calibration">Calibration</h2>
      \(CalibrationDrawing(confusion.calibration).text)</section>
      """
  }

  /// The images of an evaluation that are in a cell of the matrix, or all that were taken for something
  /// else.
  static func evaluatedImages(_ call: PageCall, _ registry: Registry) throws -> ServicePage {
    let (label, answer) = (call.given("label"), call.given("answer"))
    let isWrong = call.given("wrong") == "true"
    let offset = call.given("offset").flatMap { Int($0) }.map { min(max($0, 0), 1 << 40) } ?? 0
    let run = try registry.run(call.name)
    let page = try registry.evaluatedImages(
      ofRun: call.name, label: label, answer: answer, isWrong: isWrong, offset: offset,
      limit: imagesPerPage)
    let images = page.images.map { image in
      let sure = image.confidence.map { " (\(Quantity.fixed(100 * $0, 1)) %)" } ?? ""
      return HTML.thumbnail(
        image.digest, of: image.label, "\(image.label), taken for \(image.answer)\(sure)")
    }.joined(separator: "\n")
    let kept = [("label", label), ("answer", answer), ("wrong", isWrong ? "true" : nil)]
      .compactMap { name, value in value.map { "\(name)=\(PercentCoding.encoded($0))&" } }
    let next = page.next.map { "\(imagesPath(ofRun: run.run))?\(kept.joined())offset=\($0)" }
    let words = [
      label.map { "labelled \($0)" }, answer.map { "taken for \($0)" },
      isWrong ? "taken for something else" : nil,
    ].compactMap { $0 }.joined(separator: ", ")
    return ServicePage(
      title: "Images \(words)", section: .runs,
      body: "<p>Measured by run \(HTML.link("runs", run.run, String(run.run.prefix(12)))) on "
        + run.datasets.map { HTML.link("datasets", $0) }.joined(separator: ", ")
        + ", those first of which the model was surest.</p>"
        + (page.images.isEmpty ? "<p>There are none.</p>" : "<ul class=\"images\">\(images)</ul>")
        + HTML.next(next))
  }

  private static func imagesPath(ofRun run: String) -> String {
    "/runs/\(PercentCoding.encoded(run))/images"
  }

  private static func link(_ cell: EvaluationConfusion.Cell, _ path: String) -> String {
    let query =
      "label=\(PercentCoding.encoded(cell.label))&answer=\(PercentCoding.encoded(cell.answer))"
    return "<a href=\"\(path)?\(HTML.text(query))\" aria-label=\"\(cell.images) labelled "
      + "\(HTML.text(cell.label)), taken for \(HTML.text(cell.answer))\">\(cell.images)</a>"
  }

  /// Each label's row of what its images were taken for.
  private static func matrix(_ confusion: EvaluationConfusion, _ path: String) -> String {
    let cells = Dictionary(grouping: confusion.cells, by: \.label)
    let rows = confusion.labels.map { label in
      let row = Dictionary(uniqueKeysWithValues: (cells[label] ?? []).map { ($0.answer, $0) })
      return ["<strong>\(HTML.text(label))</strong>"]
        + confusion.labels.map { answer in
          guard let cell = row[answer] else { return "<span class=\"faint\">0</span>" }
          return label == answer
            ? "<strong>\(link(cell, path))</strong>"
            : "<span class=\"wrong\">\(link(cell, path))</span>"
        }
    }
    return HTML.table(
      "Labels (rows) and what their images were taken for (columns)",
      ["Label"] + confusion.labels.map { ">" + HTML.text($0) }, rows)
  }

  /// The pairs of labels that were mistaken most often.
  private static func worst(_ confusion: EvaluationConfusion, _ path: String) -> String {
    let rows = confusion.cells.filter { $0.label != $0.answer }
      .sorted { ($1.images, $0.label, $0.answer) < ($0.images, $1.label, $1.answer) }
      .prefix(maximumRows).map { [HTML.text($0.label), HTML.text($0.answer), link($0, path)] }
    return rows.isEmpty
      ? ""
      : HTML.table("Most frequent mistakes", ["Label", "Taken for", ">Images"], Array(rows))
  }
}

/// How often a model was right where it was how sure: a bar for each bin of confidence, beside the line
/// on which both are equal.
struct CalibrationDrawing {
  private let bins: [EvaluationConfusion.CalibrationBin]
  private static let (side, left, bottom) = (260.0, 44.0, 40.0)

  init(_ bins: [EvaluationConfusion.CalibrationBin]) { self.bins = bins }

  /// The drawing with a table of the same, as HTML.
  var text: String {
    let (width, height) = (Self.left + Self.side + 12, Self.side + Self.bottom + 12)
    let bars = bins.map { bin in
      let (x, top) = (x(bin.above), y(bin.accuracy))
      let title =
        "\(Quantity.count(bin.images, "image")) of confidence \(Quantity.fixed(bin.confidence, 3)): "
        + "\(Quantity.fixed(100 * bin.accuracy, 1)) % right"
      return "<rect x=\"\(number(x + 1))\" y=\"\(number(top))\" "
        + "width=\"\(number(self.x(bin.upTo) - x - 2))\" "
        + "height=\"\(number(max(y(0) - top, 1)))\"><title>\(title)</title></rect>\n"
    }.joined()
    let ticks = [0, 0.5, 1].map { value in
      "<text x=\"\(number(x(value)))\" y=\"\(number(y(0) + 16))\" text-anchor=\"middle\">"
        + "\(Quantity.fixed(value, 1))</text>"
        + "<text x=\"\(number(Self.left - 6))\" y=\"\(number(y(value) + 4))\" text-anchor=\"end\">"
        + "\(Quantity.fixed(value, 1))</text>\n"
    }.joined()
    let rows = bins.map {
      [
        "\(Quantity.fixed($0.above, 3)) to \(Quantity.fixed($0.upTo, 3))",
        Quantity.count($0.images), Quantity.fixed($0.confidence, 3),
        Quantity.fixed($0.accuracy, 3),
      ]
    }
    return """
      <svg class="calibration" width="\(number(width))" height="\(number(height))" \
      viewBox="0 0 \(number(width)) \(number(height))" role="img" \
      aria-label="Share of right answers by confidence">
      \(bars)<path d="M\(number(x(0))) \(number(y(0))) L\(number(x(1))) \(number(y(1)))"/>
      <path class="axis" d="M\(number(x(0))) \(number(y(1))) V\(number(y(0))) H\(number(x(1)))"/>
      \(ticks)<text x="\(number(x(0.5)))" y="\(number(y(0) + 34))" \
      text-anchor="middle">Confidence; bars: share that was right</text></svg>
      <details><summary>The same as a table</summary>
      \(HTML.table("Calibration", ["Confidence", ">Images", ">Mean confidence", ">Right"], rows))
      </details>
      """
  }

  private func x(_ value: Double) -> Double { Self.left + Self.side * value }

  private func y(_ value: Double) -> Double { 8 + Self.side * (1 - value) }

  private func number(_ value: Double) -> String { Quantity.fixed(value, 1) }
}
