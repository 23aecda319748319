internal import Presentation

/// Curves in a terminal, in braille.
enum TerminalPlot {
  private static let rows = 12
  /// The first curve is a line, the second is dashed, the third dotted: they differ without colours.
  private static let patterns: [@Sendable (Int) -> Bool] = [
    { _ in true }, { $0 % 4 < 2 }, { $0 % 3 == 0 },
  ]
  private static let samples = ["──", "╌╌", "┈┈"]
  private static let roles: [Style.Role] = [.first, .second, .warning]

  /// The plot with its title, axes and legend, at most `width` columns wide.
  static func text(of chart: Chart, width: Int, _ style: Style) -> String {
    let title = style(chart.title.safeForTerminal, .heading)
    guard let values = chart.values else { return "\(title): no number to draw\n" }
    let axis = Axis(values, ticks: 5, isRounded: true)
    let labels = axis.ticks.map(axis.label)
    let margin = labels.map(\.terminalWidth).max() ?? 0
    var canvas = DotCanvas(columns: max(16, width - margin - 2), rows: rows)
    for (index, series) in chart.series.enumerated() {
      draw(series, index, chart.steps, axis, on: &canvas)
    }

    var labelOfRow: [Int: String] = [:]
    for (tick, label) in zip(axis.ticks, labels) {
      let row = Int(((1 - axis.position(of: tick)) * Double(canvas.height - 1)).rounded()) / 4
      labelOfRow[row] = label
    }
    var output = title + "\n"
    for row in 0..<rows {
      let label = labelOfRow[row] ?? ""
      output += String(repeating: " ", count: margin - label.terminalWidth)
      output += style(label + (label.isEmpty ? " │" : " ┤"), .faint)
      output += curve(canvas.row(row), style) + "\n"
    }
    let indentation = String(repeating: " ", count: margin + 1)
    output +=
      indentation + style("└" + String(repeating: "─", count: canvas.columns), .faint) + "\n"
    output += indentation + " " + horizontalLabels(chart, canvas.columns) + "\n"
    return output + legend(chart, indentation + " ", style)
  }

  private static func draw(
    _ series: Chart.Series, _ index: Int, _ steps: ClosedRange<Int>, _ axis: Axis,
    on canvas: inout DotCanvas
  ) {
    let span = Double(max(1, steps.upperBound - steps.lowerBound))
    let pattern = patterns[index % patterns.count]
    var last: (x: Int, y: Int)?
    var number = 0
    for point in series.points {
      guard let value = point.value else {
        last = nil
        continue
      }
      let across = Double(point.step - steps.lowerBound) / span
      let place = (
        x: Int((across * Double(canvas.width - 1)).rounded()),
        y: Int(((1 - axis.position(of: value)) * Double(canvas.height - 1)).rounded())
      )
      canvas.set(place.x, place.y, owner: index + 1)
      if let last {
        canvas.line(from: last, to: place, owner: index + 1, number: &number, isDrawn: pattern)
      }
      last = place
    }
  }

  /// Letters of one curve that stand together share one escape sequence.
  private static func curve(_ row: [(letter: Character, owner: Int)], _ style: Style) -> String {
    var output = ""
    var pending = ""
    var owner = 0
    func flush() {
      output += owner == 0 ? pending : style(pending, roles[(owner - 1) % roles.count])
      pending = ""
    }
    let end = (row.lastIndex { $0.owner != 0 }).map { $0 + 1 } ?? 0
    for cell in row[..<end] {
      if cell.owner != owner {
        flush()
        owner = cell.owner
      }
      pending.append(cell.letter)
    }
    flush()
    return output
  }

  private static func horizontalLabels(_ chart: Chart, _ columns: Int) -> String {
    let (first, last) = ("\(chart.steps.lowerBound)", "\(chart.steps.upperBound)")
    if first == last { return "\(chart.horizontal) \(first)" }
    let free = columns - first.count - last.count - chart.horizontal.count
    guard free >= 2 else { return "\(first) \(chart.horizontal) \(last)" }
    return first + String(repeating: " ", count: free / 2) + chart.horizontal
      + String(repeating: " ", count: free - free / 2) + last
  }

  private static func legend(_ chart: Chart, _ indentation: String, _ style: Style) -> String {
    var table = Table("", "", ">", ">", ">")
    for (index, series) in chart.series.enumerated() {
      guard let least = series.values.min(), let greatest = series.values.max(),
        let last = series.values.last
      else { continue }
      let value = { MetricList.value($0, of: chart.title) }
      table.add(
        .init(indentation + samples[index % samples.count], roles[index % roles.count]),
        .init(series.name), .init("last \(value(last))"), .init("min \(value(least))"),
        .init("max \(value(greatest))"))
    }
    return table.text(style)
  }
}
