/// What is searched.
package enum SearchSubject: String, Sendable, CaseIterable {
  case runs
  case models
  case datasets

  /// The columns that conditions may name.
  var columns: [SearchColumn] {
    switch self {
    case .runs: SearchColumn.ofRuns
    case .models: SearchColumn.ofModels
    case .datasets: SearchColumn.ofDatasets
    }
  }

  /// The table whose rows are found.
  var table: String {
    switch self {
    case .runs: "runs"
    case .models: "model_versions"
    case .datasets: "dataset_versions"
    }
  }

  /// The column of ``table`` that tells new from old.
  var timeColumn: String { self == .runs ? "started_at" : "created_at" }

  /// The run whose parameters and metrics an item has; `nil` when it has none.
  var runColumn: String? {
    switch self {
    case .runs: "item.id"
    case .models: "item.run_id"
    case .datasets: nil
    }
  }
}

/// A property that every item of a subject has, or may have.
struct SearchColumn: Hashable, Sendable {
  /// What its values are, and where they are found.
  enum Kind: Hashable, Sendable {
    /// A text: an SQL expression over the row `item`.
    case text(String)
    /// One of some words.
    case word(String, [String])
    case number(String)
    case time(String)
    /// The name that another table has for the number in a column.
    case name(table: String, key: String)
    /// The id of a run, or its beginning, in hexadecimal: the column with the number of the run.
    case run(String)
    /// A text that several rows may give: what to ask for beside the condition on the text.
    case texts(value: String, rows: String, owner: String)
    /// A version of a model or a dataset that an item points to: a column of the row `item`, or of
    /// other rows that an item owns.
    case modelVersion(Link)
    case datasetVersion(Link)
    /// Something that is true or false: SQL for one item, and for the items of which it is true.
    case flag(String, String)
    /// A relation in the graph of models.
    case lineage
  }

  /// How items point to versions.
  struct Link: Hashable, Sendable {
    /// The table with the pointers.
    let table: String
    /// Its column with the item.
    let owner: String
    /// Its column with the version.
    let target: String
  }

  let name: String
  let kind: Kind
  /// Whether an index finds rows by the value.
  let isIndexed: Bool

  private init(_ name: String, _ kind: Kind, isIndexed: Bool = false) {
    self.name = name
    self.kind = kind
    self.isIndexed = isIndexed
  }

  static let ofRuns = [
    SearchColumn("run", .run("item.id"), isIndexed: true),
    SearchColumn("kind", .word("item.kind", RunKind.allCases.map(\.rawValue)), isIndexed: true),
    SearchColumn("state", .word("item.state", RunState.allCases.map(\.rawValue)), isIndexed: true),
    SearchColumn("model", .text("item.model"), isIndexed: true),
    SearchColumn(
      "base", .modelVersion(Link(table: "runs", owner: "id", target: "base_id")), isIndexed: true),
    SearchColumn(
      "produced", .modelVersion(Link(table: "model_versions", owner: "run_id", target: "id")),
      isIndexed: true),
    SearchColumn(
      "dataset",
      .datasetVersion(Link(table: "run_datasets", owner: "run_id", target: "dataset_version_id")),
      isIndexed: true),
    SearchColumn("seed", .number("item.seed")),
    SearchColumn("program", .text("item.program")),
    SearchColumn("message", .text("item.message")),
    SearchColumn("started", .time("item.started_at"), isIndexed: true),
    SearchColumn("ended", .time("item.ended_at")),
    SearchColumn("seconds", .number("(item.ended_at - item.started_at) / 1000000.0")),
  ]

  static let ofModels = [
    SearchColumn("model", .name(table: "models", key: "item.model_id"), isIndexed: true),
    SearchColumn("version", .number("item.version")),
    SearchColumn(
      "origin", .word("item.origin", ModelOrigin.allCases.map(\.rawValue)), isIndexed: true),
    SearchColumn("architecture", .text("item.architecture"), isIndexed: true),
    SearchColumn("parameters", .number("item.parameter_count")),
    SearchColumn("own_bytes", .number("item.own_byte_count")),
    SearchColumn("shared_bytes", .number("item.shared_bytes")),
    SearchColumn(
      "label",
      .texts(
        value: "label.value",
        rows: "documents CROSS JOIN json_each(documents.content) AS label",
        owner: "documents.id = item.labels_id")),
    SearchColumn(
      "base", .modelVersion(Link(table: "model_versions", owner: "id", target: "base_id")),
      isIndexed: true),
    SearchColumn("run", .run("item.run_id"), isIndexed: true),
    SearchColumn(
      "dataset",
      .datasetVersion(
        Link(table: "model_version_datasets", owner: "version_id", target: "dataset_version_id")),
      isIndexed: true),
    SearchColumn("created", .time("item.created_at"), isIndexed: true),
    SearchColumn(
      "alias",
      .texts(value: "aliases.name", rows: "aliases", owner: "aliases.version_id = item.id")),
    SearchColumn(
      "recalled",
      .flag(
        "EXISTS (SELECT 1 FROM recalled_versions WHERE version_id = item.id)",
        "SELECT DISTINCT version_id FROM recalled_versions"),
      isIndexed: true),
  ]

  static let ofDatasets = [
    SearchColumn("dataset", .name(table: "datasets", key: "item.dataset_id"), isIndexed: true),
    SearchColumn("version", .number("item.version")),
    SearchColumn("images", .number("item.image_count")),
    SearchColumn("seed", .number("item.seed")),
    SearchColumn(
      "label",
      .texts(
        value: "labels.name", rows: "labels",
        owner: "(\(holds("dataset_counts")) OR \(holds("dataset_further_counts")))")),
    SearchColumn("created", .time("item.created_at"), isIndexed: true),
  ]

  /// Whether images of the dataset version `item` have a label.
  private static func holds(_ table: String) -> String {
    """
    EXISTS (SELECT 1 FROM \(table) AS counts
      WHERE counts.dataset_id = item.dataset_id AND counts.label_id = labels.id
        AND counts.first_version <= item.version
        AND coalesce(counts.last_version, item.version) >= item.version)
    """
  }

  /// What `descendant of` and `ancestor of` look at.
  static let lineage = SearchColumn("lineage", .lineage, isIndexed: true)
}
