/// Files that wait to be imported.
package struct UploadSummary: Codable, Sendable {
  /// The name of the upload.
  package var upload: String
  /// How many files it has.
  package var files: Int
  /// How many bytes they have.
  package var bytes: Int
}

/// A file that was uploaded.
package struct UploadedFileSummary: Codable, Sendable {
  /// The name of the upload.
  package var upload: String
  /// Where the file is in it.
  package var path: String
  /// How many bytes it has.
  package var bytes: Int
  /// Their SHA-256.
  package var digest: String
}
