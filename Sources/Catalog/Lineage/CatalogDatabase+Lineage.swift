import GRDB

extension CatalogDatabase {
  /// The bases of a model version, its descendants, or both, with the version itself.
  ///
  /// What is deleted stands there only as a base of what is not.
  ///
  /// - Throws: `unknown_model_version`.
  /// - Complexity: O(*n* log *n*) in the answer.
  package func lineage(of id: Int64, ancestors: Bool, descendants: Bool) throws -> Lineage {
    try read { database in
      let arguments: StatementArguments = [id, ancestors, descendants]
      var datasets: [Int64: [NamedVersion]] = [:]
      let links = try database.all(
        Self.family + """
           SELECT family.id, dataset_versions.id, datasets.name, dataset_versions.version
          FROM family
          CROSS JOIN model_version_datasets AS own ON own.version_id = family.id
          JOIN dataset_versions ON dataset_versions.id = own.dataset_version_id
          JOIN datasets ON datasets.id = dataset_versions.dataset_id
          ORDER BY family.id, own.position
          """, arguments
      ) { (try $0.next(Int64.self), try $0.nextNamedVersion()) }
      for (id, dataset) in links { datasets[id, default: []].append(dataset) }
      let rows = try database.all(
        Self.family + """
           SELECT own.id, models.name, own.version, own.origin, own.architecture,
            runs.identifier, own.created_at, EXISTS (
              SELECT 1 FROM deleted_model_versions AS gone WHERE gone.version_id = own.id),
            own.base_id, own.inherited_layers,
            own.retrained_layers, own.added_layers, own.dropped_layers, own.shared_bytes,
            own.new_bytes
          FROM family CROSS JOIN model_versions AS own ON own.id = family.id
          JOIN models ON models.id = own.model_id
          LEFT JOIN runs ON runs.id = own.run_id
          ORDER BY own.id
          """, arguments
      ) { try LineageRow(&$0, datasets) }
      if rows.isEmpty { _ = try database.modelVersion(id: id) }
      // A child is younger than its base, so that going backwards every child comes before it.
      var members: Set<Int64> = []
      for row in rows.reversed() where !row.node.isDeleted || row.node.id == id {
        members.insert(row.node.id)
      }
      for row in rows.reversed() where members.contains(row.node.id) {
        if let base = row.edge?.baseID { members.insert(base) }
      }
      let shown = rows.filter { members.contains($0.node.id) }
      let nodes = Set(shown.map(\.node.id))
      return Lineage(
        nodes: shown.map(\.node),
        edges: shown.compactMap(\.edge).filter { nodes.contains($0.baseID) })
    }
  }

  /// The rows of the version ?1, of its bases if ?2, of its descendants if ?3.
  ///
  /// A base is older than its children, so there is no cycle to run into.
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
      family (id) AS (SELECT id FROM bases UNION SELECT id FROM children)
    """
}

/// A version in a lineage, with the step that leads to it.
private struct LineageRow {
  let node: LineageNode
  let edge: LineageEdge?

  init(_ columns: inout ColumnReader, _ datasets: [Int64: [NamedVersion]]) throws {
    let id: Int64 = try columns.next()
    node = LineageNode(
      id: id, model: try columns.next(), version: try columns.next(),
      origin: try columns.nextCase(), architecture: try columns.next(),
      runID: try columns.nextOptionalRunIdentifier(), datasets: datasets[id] ?? [],
      createdAt: try columns.nextTimestamp(), isDeleted: try columns.next())
    edge = try columns.next(Int64?.self).map { baseID in
      LineageEdge(
        baseID: baseID, childID: id, inheritedLayers: try columns.next(),
        retrainedLayers: try columns.next(), addedLayers: try columns.next(),
        droppedLayers: try columns.next(), sharedBytes: try columns.next(),
        newBytes: try columns.next())
    }
  }
}
