/// Charts as one SVG document without scripts, fonts or anything else from outside.
///
/// It follows the reader's wish for a light or a dark page.
package enum SVGDocument {
  private static let width = 760.0
  private static let height = 320.0
  private static let left = 72.0
  private static let right = 24.0
  private static let top = 48.0
  private static let bottom = 48.0

  private static let sheet = """
    <style>
      svg { background: #ffffff; color: #1f2328; font: 13px system-ui, sans-serif; }
      text { fill: currentColor; }
      .title { font-size: 16px; font-weight: 600; }
      .grid { stroke: #d1d9e0; }
      .curve { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
      .s0 { stroke: #0969da; } .s1 { stroke: #bc4c00; stroke-dasharray: 6 4; } .s2 { stroke: #1a7f37; stroke-dasharray: 2 4; }
      @media (prefers-color-scheme: dark) {
        svg { background: #0d1117; color: #e6edf3; }
        .grid { stroke: #3d444d; }
        .s0 { stroke: #4493f8; } .s1 { stroke: #f0883e; } .s2 { stroke: #3fb950; }
      }
    </style>
    """

  /// The document, with one chart below the other.
  package static func text(of charts: [Chart]) -> String {
    let total = height * Double(max(charts.count, 1))
    var text = "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\""
    text += " viewBox=\"0 0 \(number(width)) \(number(total))\""
    text += " width=\"\(number(width))\" height=\"\(number(total))\">\n"
    text += "<title>\(escaped(charts.map(\.title).joined(separator: ", ")))</title>\n"
    text += sheet + "\n"
    for (index, chart) in charts.enumerated() {
      text += "<g transform=\"translate(0 \(number(Double(index) * height)))\">\n"
      text += body(of: chart) + "</g>\n"
    }
    return text + "</svg>\n"
  }

  private static func body(of chart: Chart) -> String {
    var text = label(chart.title, left, 28, anchor: "start", style: "title")
    guard let values = chart.values else {
      return text + label("no number to draw", left, height / 2, anchor: "start")
    }
    let vertical = Axis(values, ticks: 6, isRounded: true)
    for tick in vertical.ticks {
      let y = place(vertical.position(of: tick), from: height - bottom, to: top)
      text += line(left, y, width - right, y)
      text += label(vertical.label(of: tick), left - 8, y + 4, anchor: "end")
    }
    let steps = Double(chart.steps.lowerBound)...Double(chart.steps.upperBound)
    let horizontal = Axis(steps, ticks: 11)
    for tick in horizontal.ticks where tick == tick.rounded() && steps.contains(tick) {
      let x = place(horizontal.position(of: tick), from: left, to: width - right)
      text += line(x, height - bottom, x, height - bottom + 5)
      text += label(Quantity.fixed(tick, 0), x, height - bottom + 20, anchor: "middle")
    }
    text += line(left, height - bottom, width - right, height - bottom)
    text += label(
      chart.horizontal, (left + width - right) / 2, height - 10, anchor: "middle")
    for (index, series) in chart.series.enumerated() {
      text += curve(series, index % 3, horizontal, vertical)
    }
    return text + legend(chart)
  }

  private static func curve(
    _ series: Chart.Series, _ style: Int, _ horizontal: Axis, _ vertical: Axis
  ) -> String {
    var path = ""
    var isOpen = false
    for point in series.points {
      guard let value = point.value else {
        isOpen = false
        continue
      }
      let x = place(horizontal.position(of: Double(point.step)), from: left, to: width - right)
      let y = place(vertical.position(of: value), from: height - bottom, to: top)
      // A line of no length: a round cap makes a lone point visible.
      path += isOpen ? " L" : (path.isEmpty ? "M" : " M")
      path += "\(number(x)) \(number(y))"
      if !isOpen { path += " h0" }
      isOpen = true
    }
    return "<path class=\"curve s\(style)\" d=\"\(path)\"/>\n"
  }

  /// From right to left above the plot.
  private static func legend(_ chart: Chart) -> String {
    var text = ""
    var x = width - right
    for (index, series) in chart.series.enumerated().reversed() {
      text += label(series.name, x, 28, anchor: "end")
      // Letters are about seven units wide; the viewer chooses the font.
      x -= Double(series.name.terminalWidth) * 7 + 36
      text += "<path class=\"curve s\(index % 3)\" d=\"M\(number(x)) 24 h28\"/>\n"
      x -= 20
    }
    return text
  }

  private static func place(_ share: Double, from start: Double, to end: Double) -> Double {
    start + share * (end - start)
  }

  private static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    "<line class=\"grid\" x1=\"\(number(x1))\" y1=\"\(number(y1))\""
      + " x2=\"\(number(x2))\" y2=\"\(number(y2))\"/>\n"
  }

  private static func label(
    _ text: String, _ x: Double, _ y: Double, anchor: String, style: String? = nil
  ) -> String {
    let style = style.map { " class=\"\($0)\"" } ?? ""
    return "<text\(style) x=\"\(number(x))\" y=\"\(number(y))\""
      + " text-anchor=\"\(anchor)\">\(escaped(text))</text>\n"
  }

  private static func number(_ value: Double) -> String {
    value == value.rounded() ? Quantity.fixed(value, 0) : Quantity.fixed(value, 2)
  }

  /// The text with what XML reserves escaped and what it forbids left out.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _ where scalar.value < 0x20 && scalar != "\n" && scalar != "\t": continue
      case "\u{fffe}", "\u{ffff}": continue
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
