internal import Presentation
internal import RegistryKit

extension ImageImportResult {
  /// How many rejected files and leaks are listed for people.
  private static let longestList = 20

  /// What an import did, for people.
  func report(_ style: Style) -> String {
    var text = style("\(dataset)@\(version)".safeForTerminal, .heading)
    text += ": \(Quantity.count(splits.values.reduce(0, +), "image"))\n"
    text += "  \(Quantity.count(images.added)) added, "
    text += "\(Quantity.count(images.alreadyStored)) already stored, "
    text += "\(Quantity.count(images.duplicates, "duplicate")), "
    text += "\(Quantity.count(images.rejected)) rejected\n\n"
    text += SplitTable.text(
      labels: labels, unlabelled: unlabelled, splits: splits, labelSplits: labelSplits, style)
    if !rejected.isEmpty {
      text += "\n" + style("Rejected", .heading) + "\n"
      var table = Table("", "")
      for file in rejected.prefix(Self.longestList) {
        table.add(.init("  " + file.path), .init(file.reason, .bad))
      }
      text += table.text(style) + Self.more(rejected.count)
    }
    return text + Self.leakReport(leaks, style)
  }

  /// A warning of nearly equal images in two splits; empty when there are none.
  static func leakReport(_ leaks: [SplitLeak], _ style: Style) -> String {
    var text = ""
    if !leaks.isEmpty {
      let count = Quantity.count(leaks.count, "pair")
      text += "\n" + style("Warning:", .warning)
      text += " \(count) of nearly equal images stand\(leaks.count == 1 ? "s" : "") in two splits, "
      text += "so results will look better than they are.\n"
      for leak in leaks.prefix(Self.longestList) {
        let sides = zip(leak.splits, leak.paths).map { "\($0) \($1.safeForTerminal)" }
        text += "  " + sides.joined(separator: " = ") + " (\(leak.distance) of 64 bits differ)\n"
      }
      text += Self.more(leaks.count)
    }
    return text
  }

  private static func more(_ count: Int) -> String {
    count > longestList
      ? "  and \(Quantity.count(count - longestList)) more; --json lists all\n" : ""
  }
}
