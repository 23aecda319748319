private import Glibc
internal import Presentation
internal import RegistryKit

/// A comparison as one HTML page without scripts, fonts or anything else from outside.
///
/// It follows the reader's wish for a light or a dark page, and fits narrow windows.
enum ComparisonPage {
  private static let styles = """
    :root { --c0: #0969da; --c1: #bc4c00; --c2: #1a7f37; }
    @media (prefers-color-scheme: dark) {
      :root { --c0: #4493f8; --c1: #f0883e; --c2: #3fb950; } }
    svg { display: block; width: 100%; min-width: 36rem; height: auto; font-size: 13px; }
    text { fill: var(--ink); } .grid { stroke: var(--line); }
    .s0 { stroke: var(--c0); } .s1 { stroke: var(--c1); stroke-dasharray: 6 4; }
    .s2 { stroke: var(--c2); stroke-dasharray: 2 4; }
    .curve { fill: none; stroke-width: 2.5; stroke-linecap: round; }
    .spread { stroke-width: 1.5; stroke-dasharray: none; }
    figure { margin: 0; }
    """

  /// The page.
  static func text(of result: ComparisonResult) -> String {
    let subject = HTMLPage.escaped("\(result.model)@\(result.version)")
    return HTMLPage.text(
      title: "What transfer learning is worth: \(subject)", styles: styles,
      body: """
        <p>\(summary(of: result))</p>
        <figure>
        <div class="scroll" tabindex="0" role="region" aria-label="Learning curves">
        \(LearningCurve.svg(of: result))</div>
        <figcaption>Accuracy on the \(result.split) split by \
        training images of each label, mean and standard deviation of \
        \(Quantity.count(result.seeds, "seed")). Every part of the images holds the smaller \
        ones.</figcaption>
        </figure>
        <h2>Figures</h2>
        <div class="scroll" tabindex="0" role="region" aria-label="Figures">
        \(table(of: result))</div>
        <h2>How it was measured</h2>
        <p>Dataset \(HTMLPage.escaped(result.dataset)), labels \
        \(HTMLPage.escaped(result.labels.joined(separator: ", "))), \
        \(Quantity.count(result.testImages, "test image")) that no training saw; run \
        \(HTMLPage.escaped(result.run)). Head only: a new head on the frozen backbone. Fine-tuned: \
        the head, fitted first, and the last blocks of the backbone. From scratch: another network, \
        from random weights. Seconds are those of training; what the frozen layers computed for an \
        image is kept and counts for the first row that needs it. Images seen are passes through \
        what was trained, over all epochs. Stored are the weights that a child adds to its base.</p>
        """)
  }

  /// The best of the smallest parts, in words.
  private static func summary(of result: ComparisonResult) -> String {
    func row(_ method: ComparisonResult.Method, last: Bool) -> ComparisonResult.Row? {
      let rows = result.rows.filter { $0.method == method }
      return last ? rows.last : rows.first
    }
    guard let head = row(.head, last: false), let scratch = row(.scratch, last: true) else {
      return ""
    }
    return "With \(Quantity.count(head.images, "image")) in all, a new head reaches "
      + "\(Quantity.percent(head.accuracy)) in \(Quantity.duration(head.seconds)) and adds "
      + "\(Quantity.bytes(head.bytesStored)). From scratch, "
      + "\(Quantity.count(scratch.images, "image")) reach "
      + "\(Quantity.percent(scratch.accuracy)) in \(Quantity.duration(scratch.seconds)) and take "
      + "\(Quantity.bytes(scratch.bytesStored))."
  }

  private static func table(of result: ComparisonResult) -> String {
    var text = "<table>\n<thead><tr>"
    for heading in [
      "trained", "images a label", "images", "accuracy", "seconds", "images seen", "stored",
    ] {
      text += "<th scope=\"col\">\(heading)</th>"
    }
    text += "</tr></thead>\n<tbody>\n"
    for row in result.rows {
      let cells = [
        row.imagesPerClass.map { Quantity.count($0) } ?? "all", Quantity.count(row.images),
        "\(Quantity.percent(row.accuracy)) ± \(Quantity.percent(row.accuracyStandardDeviation))",
        Quantity.fixed(row.seconds, 2), Quantity.count(row.imagesSeen),
        Quantity.bytes(row.bytesStored),
      ]
      text += "<tr><td>\(row.method.title)</td>"
      text += cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
    }
    return text + "</tbody>\n</table>\n"
  }
}

/// Accuracy by the number of images, for each way to train, with bars for the spread.
private enum LearningCurve {
  private static let width = 760.0
  private static let height = 380.0
  private static let left = 64.0
  private static let right = 24.0
  private static let top = 44.0
  private static let bottom = 52.0

  static func svg(of result: ComparisonResult) -> String {
    let counts = Array(Set(result.rows.map(\.images))).sorted()
    guard let first = counts.first, let last = counts.last else { return "" }
    // Every doubling is as far as the next.
    let (low, high) = (log2(Double(first)), log2(Double(last)))
    func x(_ images: Int) -> Double {
      let share = high > low ? (log2(Double(images)) - low) / (high - low) : 0.5
      return left + 16 + share * (width - left - right - 32)
    }
    func y(_ accuracy: Double) -> Double {
      height - bottom - min(max(accuracy, 0), 1) * (height - top - bottom)
    }
    var text = "<svg viewBox=\"0 0 \(fixed(width)) \(fixed(height))\" role=\"img\" "
    text += "aria-label=\"Accuracy by the number of training images\">\n"
    for tick in stride(from: 0.0, through: 1.0, by: 0.2) {
      text += line("grid", left, y(tick), width - right, y(tick))
      text += label(Quantity.percent(tick), left - 8, y(tick) + 4, "end")
    }
    for count in counts {
      text += line("grid", x(count), height - bottom, x(count), height - bottom + 5)
      text += label(Quantity.count(count), x(count), height - bottom + 20, "middle")
    }
    text += label("training images", (left + width - right) / 2, height - 8, "middle")
    for (index, method) in ComparisonResult.Method.allCases.enumerated() {
      let rows = result.rows.filter { $0.method == method }
      let points = rows.map { "\(fixed(x($0.images))) \(fixed(y($0.accuracy)))" }
      text += "<path class=\"curve s\(index)\" d=\"M\(points.joined(separator: " L")) h0\"/>\n"
      for row in rows {
        let shift = x(row.images) + Double(index - 1) * 4
        let spread = row.accuracyStandardDeviation
        text += line(
          "spread s\(index)", shift, y(row.accuracy - spread), shift, y(row.accuracy + spread))
      }
      let place = left + 16 + Double(index) * 150
      text += line("curve s\(index)", place, 20, place + 28, 20)
      text += label(method.title, place + 36, 24, "start")
    }
    return text + "</svg>\n"
  }

  private static func line(
    _ style: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double
  ) -> String {
    "<line class=\"\(style)\" x1=\"\(fixed(x1))\" y1=\"\(fixed(y1))\" x2=\"\(fixed(x2))\" "
      + "y2=\"\(fixed(y2))\"/>\n"
  }

  private static func label(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
    "<text x=\"\(fixed(x))\" y=\"\(fixed(y))\" text-anchor=\"\(anchor)\">"
      + "\(SVGDocument.escaped(text))</text>\n"
  }

  private static func fixed(_ value: Double) -> String { Quantity.fixed(value, 1) }
}
