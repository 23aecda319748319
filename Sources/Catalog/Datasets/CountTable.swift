/// The counts of images by label, for the first labels of items or for further ones.
enum CountTable {
  case first
  case further

  /// The number that holds in the newest version.
  var current: String {
    switch self {
    case .first:
      """
      SELECT image_count FROM dataset_counts
      WHERE dataset_id = ? AND label_id = ? AND split = ? AND last_version IS NULL
      """
    case .further:
      """
      SELECT image_count FROM dataset_further_counts
      WHERE dataset_id = ? AND label_id = ? AND split = ? AND last_version IS NULL
      """
    }
  }

  /// Lets that number end with a version.
  var end: String {
    switch self {
    case .first:
      """
      UPDATE dataset_counts SET last_version = ?
      WHERE dataset_id = ? AND label_id = ? AND split = ? AND last_version IS NULL
      """
    case .further:
      """
      UPDATE dataset_further_counts SET last_version = ?
      WHERE dataset_id = ? AND label_id = ? AND split = ? AND last_version IS NULL
      """
    }
  }

  /// Lets another hold from a version on.
  var begin: String {
    switch self {
    case .first:
      """
      INSERT INTO dataset_counts (dataset_id, label_id, split, first_version, image_count)
      VALUES (?, ?, ?, ?, ?)
      """
    case .further:
      """
      INSERT INTO dataset_further_counts (dataset_id, label_id, split, first_version, image_count)
      VALUES (?, ?, ?, ?, ?)
      """
    }
  }
}
