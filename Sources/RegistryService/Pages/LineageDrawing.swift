internal import Presentation
internal import RegistryKit

/// A lineage as a drawing whose boxes lead to the models: bases above, children below.
struct LineageDrawing {
  private let graph: LineageGraph
  /// More relatives than these are named in a sentence.
  private static let maximumNodes = 60
  private static let (width, height) = (190, 44)
  private static let (columnGap, rowGap) = (16, 40)

  init(_ graph: LineageGraph) { self.graph = graph }

  /// The drawing, as HTML.
  var text: String {
    let nodes = Array(graph.nodes.prefix(Self.maximumNodes))
    let depths = self.depths(of: nodes)
    var columns: [Int: Int] = [:]
    var places: [ModelName: (x: Int, y: Int)] = [:]
    for node in nodes {
      let depth = depths[node.name] ?? 0
      let column = columns[depth, default: 0]
      columns[depth] = column + 1
      places[node.name] = (
        column * (Self.width + Self.columnGap) + 1, depth * (Self.height + Self.rowGap) + 1
      )
    }
    let right = (columns.values.max() ?? 1) * (Self.width + Self.columnGap)
    let bottom = ((depths.values.max() ?? 0) + 1) * (Self.height + Self.rowGap) - Self.rowGap + 2
    let edges = graph.edges.compactMap { edge in
      places[edge.base].flatMap { from in places[edge.child].map { line(edge, from, $0) } }
    }.joined()
    let boxes = nodes.map { box($0, places[$0.name] ?? (0, 0)) }.joined()
    let rest = graph.nodes.count - nodes.count
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="Lineage">
      <svg class="lineage" width="\(right)" height="\(bottom)" viewBox="0 0 \(right) \(bottom)">
      \(edges)\(boxes)</svg></div>
      \(rest > 0 ? "<p>\(Quantity.count(rest, "relative")) more are not drawn.</p>" : "")
      """
  }

  /// How many edges lie between each model and the farthest base.
  private func depths(of nodes: [LineageGraph.Node]) -> [ModelName: Int] {
    var depths: [ModelName: Int] = [:]
    for node in nodes { depths[node.name] = 0 }
    // A base has fewer bases than its children: as many rounds as models are always enough.
    for _ in nodes.indices {
      var hasChanged = false
      for edge in graph.edges {
        guard let base = depths[edge.base], let child = depths[edge.child], child <= base else {
          continue
        }
        depths[edge.child] = base + 1
        hasChanged = true
      }
      if !hasChanged { break }
    }
    return depths
  }

  private func line(
    _ edge: LineageGraph.Edge, _ from: (x: Int, y: Int), _ to: (x: Int, y: Int)
  ) -> String {
    let (x1, y1) = (from.x + Self.width / 2, from.y + Self.height)
    let (x2, y2) = (to.x + Self.width / 2, to.y)
    let middle = (y1 + y2) / 2
    let title =
      "\(edge.inheritedLayers) layers inherited, \(edge.retrainedLayers) retrained, "
      + "\(edge.addedLayers) added, \(Quantity.bytes(edge.newBytes)) new"
    return "<path d=\"M\(x1) \(y1) C\(x1) \(middle) \(x2) \(middle) \(x2) \(y2)\">"
      + "<title>\(title)</title></path>\n"
  }

  private func box(_ node: LineageGraph.Node, _ place: (x: Int, y: Int)) -> String {
    let name = node.name.description
    let classes = [
      node.name == graph.subject ? "subject" : nil, node.recalled.isEmpty ? nil : "recalled",
      node.deleted ? "deleted" : nil,
    ].compactMap { $0 }.joined(separator: " ")
    return "<a href=\"/models/\(PercentCoding.encoded(name))\" class=\"\(classes)\">"
      + "<rect x=\"\(place.x)\" y=\"\(place.y)\" width=\"\(Self.width)\" height=\"\(Self.height)\""
      + " rx=\"6\"/><text x=\"\(place.x + 10)\" y=\"\(place.y + 18)\">"
      + "\(HTML.text(name.truncated(toWidth: 24)))</text>"
      + "<text class=\"faint\" x=\"\(place.x + 10)\" y=\"\(place.y + 35)\">"
      + "\(HTML.text((node.dataset ?? "").truncated(toWidth: 26)))</text></a>\n"
  }
}
