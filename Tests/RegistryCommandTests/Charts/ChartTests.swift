import Foundation
import Presentation
import Testing

@testable import RegistryCommand
@testable import RegistryKit

struct ChartTests {
  private func history(_ metrics: [String: [Double?]]) -> MetricHistory {
    MetricHistory(
      run: "r", model: "m", version: 1,
      metrics: metrics.mapValues { values in
        values.enumerated().map {
          MetricHistory.Point(step: $0.offset + 1, value: $0.element ?? .nan, time: "")
        }
      })
  }

  @Test func `training and validation share a chart, loss comes first`() {
    let charts = Chart.charts(
      of: history([
        "validation_loss": [2, 1], "validation_accuracy": [0.5], "train_loss": [3, 1],
        "learning_rate": [0.1], "empty": [],
      ]))
    #expect(charts.map(\.title) == ["loss", "accuracy", "learning_rate"])
    #expect(charts[0].series.map(\.name) == ["train", "validation"])
    #expect(charts[0].values == 1...3)
    #expect(charts[0].steps == 1...2)
    #expect(charts[2].series.map(\.name) == ["learning_rate"])
  }

  @Test func `a plot has a title, axes with numbers and a legend, and fits the terminal`() throws {
    let chart = try #require(
      Chart.charts(of: history(["train_loss": [4, 3, 2, 1], "validation_loss": [4, 4, 3, 3]]))
        .first)
    let lines = TerminalPlot.text(of: chart, width: 40, .plain).split(separator: "\n")
    #expect(lines.count == 1 + 12 + 2 + 2)
    #expect(lines[0] == "loss")
    #expect(lines[1].hasPrefix("4 ┤"))
    #expect(lines[12].hasPrefix("1 ┤"))
    #expect(lines[14].contains("1 ") && lines[14].contains("epoch") && lines[14].hasSuffix("4"))
    #expect(lines[15].contains("──  train") && lines[15].contains("last 1.000"))
    #expect(lines[16].contains("╌╌  validation"))
    #expect(lines[..<15].allSatisfy { $0.terminalWidth <= 40 })
  }

  @Test func `a falling line runs from the top left to the bottom right`() throws {
    let chart = Chart(
      title: "x",
      series: [.init(name: "x", points: [.init(step: 1, value: 1), .init(step: 2, value: 0)])])
    let lines = TerminalPlot.text(of: chart, width: 30, .plain).split(separator: "\n")
    let isDot: (Character) -> Bool = { ("\u{2801}"..."\u{28ff}").contains($0) }
    let columns = lines[1...12].compactMap { line in
      line.firstIndex(where: isDot).map { line.distance(from: line.startIndex, to: $0) }
    }
    #expect(columns.count == 12)
    #expect(columns == columns.sorted())
    #expect(columns.first == 5)
  }

  @Test func `gaps, single points and nothing at all can be drawn`() {
    let one = Chart(title: "a", series: [.init(name: "a", points: [.init(step: 3, value: 1)])])
    #expect(TerminalPlot.text(of: one, width: 30, .plain).contains("epoch 3"))
    let gap = Chart(
      title: "a",
      series: [
        .init(
          name: "a",
          points: [
            .init(step: 1, value: 1), .init(step: 2, value: nil), .init(step: 3, value: 2),
          ])
      ])
    #expect(SVGDocument.text(of: [gap]).contains(" M"))
    let none = Chart(title: "a", series: [.init(name: "a", points: [.init(step: 1, value: nil)])])
    #expect(TerminalPlot.text(of: none, width: 30, .plain) == "a: no number to draw\n")
    #expect(SVGDocument.text(of: [none]).contains("no number to draw"))
  }

  @Test func `an SVG document is well formed, escaped and needs nothing from outside`() throws {
    let name = "a<b>&\"\u{1}"
    let charts = Chart.charts(of: history([name: [1, 2, nil, 4], "train_loss": [1]]))
    let text = SVGDocument.text(of: charts)
    #expect(text.contains("a&lt;b&gt;&amp;&quot;</text>"))
    #expect(text.contains("prefers-color-scheme: dark"))
    let withoutNamespace = text.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "")
    #expect(!withoutNamespace.contains("http") && !withoutNamespace.contains("<script"))
    #expect(isBalanced(text))
  }

  /// Whether each element that begins also ends.
  private func isBalanced(_ text: String) -> Bool {
    var open: [Substring] = []
    for match in text.matches(of: /<(\/?)([a-z]+)[^>]*?(\/?)>/) {
      if !match.output.1.isEmpty {
        if open.popLast() != match.output.2 { return false }
      } else if match.output.3.isEmpty {
        open.append(match.output.2)
      }
    }
    return open.isEmpty
  }

  @Test func `a short history is listed whole`() {
    let table = history(["train_loss": [0.5, nil], "validation_accuracy": [0.9, 0.95]])
      .table(.plain)
    #expect(
      table == """
        epoch  train loss  validation accuracy
            1      0.5000               90.0 %
            2         NaN               95.0 %

        """)
  }

  @Test func `a long history is thinned and keeps its ends and its extremes`() {
    let steps = Array(1...1_000)
    let thinned = MetricHistory.thinned(steps, keeping: [333, 777])
    #expect(thinned.count <= 40 && thinned.count > 30)
    #expect(Set(thinned).isSuperset(of: [1, 333, 777, 1_000]))
    #expect(thinned == thinned.sorted())
    #expect(MetricHistory.thinned(Array(1...40), keeping: []) == Array(1...40))
  }
}
