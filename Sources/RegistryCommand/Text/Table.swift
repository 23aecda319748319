internal import Presentation

/// Rows of cells in columns as wide as their widest cell, two blanks apart.
struct Table {
  /// Where the cells of a column stand.
  enum Alignment {
    case left
    case right
  }

  /// A text with a look.
  struct Cell: ExpressibleByStringInterpolation {
    var text: String
    var role: Style.Role

    init(_ text: String, _ role: Style.Role = .plain) {
      self.text = text.safeForTerminal
      self.role = role
    }

    init(stringLiteral text: String) { self.init(text) }
  }

  private enum Row {
    case cells([Cell])
    /// A remark between rows, which widens no column.
    case remark(Cell)
  }

  private let headings: [String]
  private let alignments: [Alignment]
  private var rows: [Row] = []

  /// A table whose numbers stand right.
  ///
  /// A heading that begins with `>` belongs to a column aligned to the right.
  init(_ headings: String...) { self.init(headings: headings) }

  /// A table with any number of columns.
  init(headings: [String]) {
    alignments = headings.map { $0.hasPrefix(">") ? .right : .left }
    self.headings = headings.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
  }

  /// Whether there is nothing to show.
  var isEmpty: Bool { rows.isEmpty }

  /// Adds a row with a cell for each column.
  mutating func add(_ cells: [Cell]) {
    precondition(cells.count == headings.count, "a row needs a cell for each column")
    rows.append(.cells(cells))
  }

  /// Adds a row with a cell for each column.
  mutating func add(_ cells: Cell...) { add(cells) }

  /// Adds a line that is no row.
  mutating func addRemark(_ text: String) { rows.append(.remark(Cell(text, .faint))) }

  /// The lines of the table, each with a line break; without headings if all of them are empty.
  func text(_ style: Style = .plain) -> String {
    var widths = headings.map { $0.safeForTerminal.terminalWidth }
    for case .cells(let cells) in rows {
      for (column, cell) in cells.enumerated() {
        widths[column] = max(widths[column], cell.text.terminalWidth)
      }
    }
    var output = ""
    if headings.contains(where: { !$0.isEmpty }) {
      output += line(headings.map { Cell($0, .heading) }, widths, style)
    }
    for row in rows {
      switch row {
      case .cells(let cells): output += line(cells, widths, style)
      case .remark(let cell): output += style(cell.text, cell.role) + "\n"
      }
    }
    return output
  }

  private func line(_ cells: [Cell], _ widths: [Int], _ style: Style) -> String {
    var output = ""
    var pending = 0
    for (column, cell) in cells.enumerated() {
      let padding = widths[column] - cell.text.terminalWidth
      let before = alignments[column] == .right ? padding : 0
      // Blanks are held back until something follows, so that no line ends with one.
      pending += before
      if !cell.text.isEmpty {
        output += String(repeating: " ", count: pending) + style(cell.text, cell.role)
        pending = 0
      }
      pending += padding - before + 2
    }
    return output + "\n"
  }
}
