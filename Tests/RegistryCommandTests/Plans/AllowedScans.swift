/// What may read a table from end to end, each with the reason.
///
/// Everything else must find its rows through an index: what a command takes depends on its answer,
/// not on the size of the registry.
enum AllowedScans {
  /// Commands that are about everything that a registry holds.
  private static let commands = [
    "verify": "checks every record and every object",
    "gc": "looks for what nothing needs",
  ]

  /// How a statement begins, the tables that it reads, and why it may.
  private static let statements: [(beginning: String, tables: Set<String>, reason: String)] = [
    (
      "SELECT name FROM models ORDER BY id DESC LIMIT 10000", ["models"],
      "the nearest name is looked for among the newest models, a bounded number"
    ),
    (
      "SELECT name FROM datasets ORDER BY id DESC LIMIT 10000", ["datasets"],
      "the nearest name is looked for among the newest datasets, a bounded number"
    ),
    (
      "SELECT name FROM datasets ORDER BY id DESC LIMIT 6", ["datasets"],
      "the newest datasets are named, a bounded number"
    ),
    (
      "SELECT dataset_versions.dataset_id, dataset_versions.id, datasets.name, "
        + "dataset_versions.version, seed, train_fraction, validation_fraction, test_fraction, "
        + "image_count, dataset_versions.created_at FROM dataset_versions JOIN datasets ON "
        + "datasets.id = dataset_versions.dataset_id ORDER BY dataset_versions.id DESC",
      ["dataset_versions"], "the list of all datasets is the answer"
    ),
  ]

  /// Whether a command may read whatever it wants.
  static func isAllowed(_ arguments: [String]) -> Bool {
    arguments.first.map { commands[$0] != nil } ?? true
  }

  /// The tables that a statement, in one line, may read as a whole.
  static func tables(for line: String) -> Set<String> {
    statements.filter { line.hasPrefix($0.beginning) }.reduce(into: []) { $0.formUnion($1.tables) }
  }
}
