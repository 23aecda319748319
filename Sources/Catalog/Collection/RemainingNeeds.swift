import GRDB

/// What is needed once some versions are gone: the views `needed_tensors` and `needed_images` as they
/// will be.
struct RemainingNeeds {
  private let database: Database
  private let gone: DeletionRows
  private var groups: [Int64: Bool] = [:]
  private var members: [Int64: Bool] = [:]

  init(_ database: Database, without gone: DeletionRows) {
    self.database = database
    self.gone = gone
  }

  /// Whether a version that stays has a group of tensors.
  ///
  /// - Complexity: O(versions with it that go), once.
  mutating func isNeeded(group: Int64) throws -> Bool {
    if let isNeeded = groups[group] { return isNeeded }
    let isNeeded = try database.contains(
      """
      SELECT own.version_id FROM model_version_groups AS own
      WHERE own.group_id = ? AND NOT EXISTS (
        SELECT 1 FROM deleted_model_versions AS past
        WHERE past.version_id = own.version_id AND past.collected_at IS NOT NULL)
      """, [group]
    ) { try !gone.modelVersions.contains($0.next()) }
    groups[group] = isNeeded
    return isNeeded
  }

  /// Whether a version that stays has a tensor, or one that is stored as a delta of it.
  mutating func isNeeded(tensor: Int64) throws -> Bool {
    if try isMember(tensor) { return true }
    let deltas = try database.all(
      "SELECT tensor_id FROM tensor_deltas WHERE base_id = ?", [tensor]
    ) { try $0.next(Int64.self) }
    for delta in deltas where try isMember(delta) { return true }
    return false
  }

  private mutating func isMember(_ tensor: Int64) throws -> Bool {
    if let isMember = members[tensor] { return isMember }
    var isMember = false
    let own = try database.all(
      "SELECT group_id FROM tensor_group_members WHERE tensor_id = ?", [tensor]
    ) { try $0.next(Int64.self) }
    for group in own where try isNeeded(group: group) {
      isMember = true
      break
    }
    members[tensor] = isMember
    return isMember
  }

  /// Whether a dataset version that stays holds an image.
  func isNeeded(image: Int64) throws -> Bool {
    try database.contains(
      """
      SELECT version.id
      FROM dataset_items AS items
      JOIN dataset_versions AS version ON version.dataset_id = items.dataset_id
        AND version.version >= items.first_version
        AND version.version <= coalesce(items.last_version, version.version)
      WHERE items.image_id = ? AND NOT EXISTS (
        SELECT 1 FROM deleted_dataset_versions AS past
        WHERE past.version_id = version.id AND past.collected_at IS NOT NULL)
      """, [image]
    ) { try !gone.datasetVersions.contains($0.next()) }
  }
}
