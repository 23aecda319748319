internal import ArgumentParser
internal import RegistryKit

/// Which items of a list are shown, and in which order.
struct ListOptions: ParsableArguments {
  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      """
      Only items that fulfil a condition, such as "metrics.loss < 0.1 and not state = failed"; \
      docs/command-line.md tells all that it can say.
      """, valueName: "condition"))
  var condition: String?

  @Option(
    help: ArgumentHelp(
      """
      What to sort by, such as "metrics.loss desc, started"; what is missing comes last. \
      (default: the newest first)
      """, valueName: "keys"))
  var sort: String?

  @Option(help: ArgumentHelp("The most items to list.", valueName: "number"))
  var limit = 50

  @Option(help: ArgumentHelp("How many items to pass over.", valueName: "number"))
  var offset = 0

  @Option(
    help: ArgumentHelp(
      "Go on after this item, the last of the page before, in the order of time.",
      valueName: "item"))
  var after: String?

  mutating func validate() throws {
    if limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
    if offset < 0 { throw ValidationError("--offset must be at least 0, not \(offset).") }
    if after != nil && sort != nil {
      throw ValidationError(
        "--after goes on in the order of time, which --sort replaces; use --offset.")
    }
  }

  /// Whether an option was given that chooses among the items.
  var isNarrowed: Bool { condition != nil || after != nil || offset > 0 }

  /// What the options ask for, of the versions of one name if it is given.
  func request(name: String? = nil) -> ListRequest {
    ListRequest(
      name: name, where: condition, sort: sort, limit: limit, offset: offset, after: after)
  }
}

extension GlobalOptions {
  /// Says on standard error how to see what follows a page.
  func suggestNextPage(_ command: String, _ next: String?, _ list: ListOptions) {
    guard let next else { return }
    suggest(
      list.sort == nil
        ? "registry \(command) … --after \(next)"
        : "registry \(command) … --offset \(list.offset + list.limit)")
  }
}
