import GRDB

extension CatalogDatabase {
  /// The bases of a model version, its descendants, or both, with the version itself.
  ///
  /// What is deleted stands there only as a base of what is not.
  ///
  /// - Throws: `unknown_model_version`.
  /// - Complexity: O(*n* log *n*) in the answer.
  package func lineage(of id: Int64, ancestors: Bool, descendants: Bool) throws -> Lineage {
    var nodes: [LineageNode] = []
    var edges: [LineageEdge] = []
    try visitLineage(
      of: id, ancestors: ancestors, descendants: descendants, node: { nodes.append($0) },
      edge: { edges.append($0.edge) })
    return Lineage(nodes: nodes, edges: edges)
  }

  /// Hands on the versions of a lineage one by one, the oldest first, and then its edges in the
  /// order of the children, all of one state.
  ///
  /// Memory does not grow with the answer but for the numbers of its rows.
  ///
  /// - Throws: `unknown_model_version`, and what the visitors throw.
  /// - Complexity: O(*n* log *n*) in the answer.
  package func visitLineage(
    of id: Int64, ancestors: Bool, descendants: Bool,
    node visitNode: (LineageNode) throws -> Void, edge visitEdge: (LineageStep) throws -> Void
  ) throws {
    try read { database in
      let arguments: StatementArguments = [id, ancestors, descendants]
      var datasets = try LineageLinks(database, Self.datasetLinks, arguments) {
        try $0.nextNamedVersion()
      }
      var recalls = try LineageLinks(database, Self.recallLinks, arguments) {
        try RecallRecord(&$0)
      }
      let nodes = try Row.fetchCursor(
        database.cachedStatement(sql: Self.nodes), arguments: arguments)
      var isEmpty = true
      while let row = try nodes.next() {
        isEmpty = false
        var columns = ColumnReader(row)
        let id: Int64 = try columns.next()
        try visitNode(
          LineageNode(
            id: id, model: try columns.next(), version: try columns.next(),
            origin: try columns.nextCase(), architecture: try columns.next(),
            runID: try columns.nextOptionalRunIdentifier(), datasets: try datasets.values(of: id),
            recalls: try recalls.values(of: id), createdAt: try columns.nextTimestamp(),
            isDeleted: try columns.next()))
      }
      if isEmpty { _ = try database.modelVersion(id: id) }
      let edges = try Row.fetchCursor(
        database.cachedStatement(sql: Self.edges), arguments: arguments)
      while let row = try edges.next() {
        var columns = ColumnReader(row)
        let base = try columns.nextNamedVersion()
        let child = try columns.nextNamedVersion()
        // Without ancestors the version itself hangs on nothing.
        if child.id == id, !ancestors { continue }
        try visitEdge(
          LineageStep(
            edge: LineageEdge(
              baseID: base.id, childID: child.id, inheritedLayers: try columns.next(),
              retrainedLayers: try columns.next(), addedLayers: try columns.next(),
              droppedLayers: try columns.next(), sharedBytes: try columns.next(),
              newBytes: try columns.next()),
            base: base, child: child))
      }
    }
  }

  /// The nearest version that two versions descend from, or that is one of them.
  ///
  /// - Returns: The version, and how many steps each of the two is away; `nil` if there is none.
  /// - Complexity: O(steps).
  package func commonAncestor(
    of first: Int64, _ second: Int64
  ) throws -> (version: NamedVersion, firstSteps: Int, secondSteps: Int)? {
    try read { database in
      func base(of id: Int64) throws -> Int64? {
        try database.number("SELECT base_id FROM model_versions WHERE id = ?", [id])
      }
      // A base is older than its children: of two different versions, the younger one is no
      // ancestor of the other.
      var (first, second): (Int64?, Int64?) = (first, second)
      var (firstSteps, secondSteps) = (0, 0)
      while let one = first, let other = second, one != other {
        if one > other {
          first = try base(of: one)
          firstSteps += 1
        } else {
          second = try base(of: other)
          secondSteps += 1
        }
      }
      guard let first, second != nil else { return nil }
      return (try database.modelVersion(id: first).reference, firstSteps, secondSteps)
    }
  }

  /// The rows of the version ?1, of its bases if ?2, of its descendants if ?3.
  ///
  /// Of what is deleted it has the bases of what is not, and the version itself. A base is older than
  /// its children, so there is no cycle to run into.
  private static let family = """
    WITH RECURSIVE
      bases (id) AS (
        SELECT id FROM model_versions WHERE id = ?1
        UNION ALL
        SELECT child.base_id FROM bases CROSS JOIN model_versions AS child ON child.id = bases.id
        WHERE ?2 AND child.base_id IS NOT NULL),
      children (id) AS (
        SELECT id FROM model_versions WHERE id = ?1
        UNION ALL
        SELECT child.id FROM children
        CROSS JOIN model_versions AS child ON child.base_id = children.id WHERE ?3),
      related (id) AS (SELECT id FROM bases UNION SELECT id FROM children),
      family (id) AS (
        SELECT id FROM related
        WHERE id = ?1 OR NOT EXISTS (
          SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = related.id)
        UNION
        SELECT child.base_id FROM family
        CROSS JOIN model_versions AS child ON child.id = family.id
        WHERE child.base_id IS NOT NULL AND (?2 OR child.id <> ?1))
    """

  private static let nodes =
    family + """
       SELECT own.id, models.name, own.version, own.origin, own.architecture, runs.identifier,
        own.created_at, EXISTS (
          SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = own.id)
      FROM family CROSS JOIN model_versions AS own ON own.id = family.id
      JOIN models ON models.id = own.model_id
      LEFT JOIN runs ON runs.id = own.run_id
      ORDER BY own.id
      """

  private static let edges =
    family + """
       SELECT base.id, base_models.name, base.version, own.id, models.name, own.version,
        own.inherited_layers, own.retrained_layers, own.added_layers, own.dropped_layers,
        own.shared_bytes, own.new_bytes
      FROM family CROSS JOIN model_versions AS own ON own.id = family.id
      JOIN models ON models.id = own.model_id
      JOIN model_versions AS base ON base.id = own.base_id
      JOIN models AS base_models ON base_models.id = base.model_id
      ORDER BY own.id
      """

  private static let datasetLinks =
    family + """
       SELECT family.id, dataset_versions.id, datasets.name, dataset_versions.version
      FROM family
      CROSS JOIN model_version_datasets AS own ON own.version_id = family.id
      JOIN dataset_versions ON dataset_versions.id = own.dataset_version_id
      JOIN datasets ON datasets.id = dataset_versions.dataset_id
      ORDER BY family.id, own.position
      """

  private static let recallLinks =
    family + """
       SELECT family.id, recalls.id, own.id, models.name, own.version, recalls.reason,
        recalls.recalled_at, recalls.undone_at, recalls.undo_reason
      FROM family
      CROSS JOIN recalled_versions ON recalled_versions.version_id = family.id
      JOIN recalls ON recalls.id = recalled_versions.recall_id
      JOIN model_versions AS own ON own.id = recalls.version_id
      JOIN models ON models.id = own.model_id
      ORDER BY family.id, recalls.id
      """
}

/// What belongs to the nodes of a lineage, read beside them in the same order.
private struct LineageLinks<Value> {
  private let rows: RowCursor
  private let decode: (inout ColumnReader) throws -> Value
  private var next: (node: Int64, value: Value)?

  init(
    _ database: Database, _ sql: String, _ arguments: StatementArguments,
    _ decode: @escaping (inout ColumnReader) throws -> Value
  ) throws {
    rows = try Row.fetchCursor(database.cachedStatement(sql: sql), arguments: arguments)
    self.decode = decode
    try advance()
  }

  /// What belongs to a node; nodes are asked for in ascending order.
  mutating func values(of node: Int64) throws -> [Value] {
    var values: [Value] = []
    while let link = next, link.node <= node {
      if link.node == node { values.append(link.value) }
      try advance()
    }
    return values
  }

  private mutating func advance() throws {
    guard let row = try rows.next() else {
      next = nil
      return
    }
    var columns = ColumnReader(row)
    next = (try columns.next(), try decode(&columns))
  }
}
