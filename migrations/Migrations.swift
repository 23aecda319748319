/// The catalogue's schema: numbered SQL files, compiled into the program.
package enum Migrations {
  /// A step from one version of the schema to the next.
  package struct Migration: Sendable {
    /// The version of the schema after this step; the first is 1.
    package let number: Int
    /// The name of the file without its ending, for example `0001_registry`.
    package let name: String
    /// The statements.
    package let sql: String
  }

  /// All steps in order.
  ///
  /// A released one is never edited, since registries exist that have already taken it.
  package static var all: [Migration] {
    [
      migration("0001_registry", PackageResources._001_registry_sql),
      migration("0002_keeping", PackageResources._002_keeping_sql),
      migration("0003_statements", PackageResources._003_statements_sql),
      migration("0004_recalls", PackageResources._004_recalls_sql),
      migration("0005_deltas", PackageResources._005_deltas_sql),
      migration("0006_datasets", PackageResources._006_datasets_sql),
      migration("0007_service", PackageResources._007_service_sql),
      migration("0008_jobs", PackageResources._008_jobs_sql),
      migration("0009_predictions", PackageResources._009_predictions_sql),
    ]
  }

  /// The version of the schema after the last step.
  package static var newestVersion: Int { all.map(\.number).max() ?? 0 }

  private static func migration(_ name: String, _ bytes: [UInt8]) -> Migration {
    let number = name.prefix(4).reduce(0) { $0 * 10 + ($1.wholeNumberValue ?? 0) }
    return Migration(number: number, name: name, sql: String(decoding: bytes, as: UTF8.self))
  }
}
