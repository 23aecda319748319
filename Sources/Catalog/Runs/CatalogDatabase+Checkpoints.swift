private import Diagnostics
import GRDB
package import Tensors

extension CatalogDatabase {
  /// Makes a checkpoint the one that a run goes on from.
  ///
  /// - Returns: The object of the former one when nothing needs it any more, so that the caller can
  ///   remove it.
  /// - Throws: `unknown_run`; `run_ended` unless the run is going on; `collected_meanwhile` when the
  ///   object is not in the store.
  @discardableResult
  package func saveCheckpoint(_ checkpoint: CheckpointRecord, of run: String) throws -> Digest? {
    try write { database in
      let id = try database.runningRunID(run)
      let former = try database.checkpoint(ofRun: id)
      guard try database.isReferenced(checkpoint.object) || isStored(checkpoint.object) else {
        throw Database.collectedMeanwhile("The checkpoint of the run \(run)")
      }
      try database.change(
        """
        INSERT INTO checkpoints (run_id, digest, byte_count, step, created_at)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (run_id) DO UPDATE SET digest = excluded.digest,
          byte_count = excluded.byte_count, step = excluded.step,
          created_at = excluded.created_at
        """,
        [
          id, checkpoint.object.blob, checkpoint.byteCount, checkpoint.step,
          checkpoint.createdAt.microseconds,
        ])
      return try former.flatMap { try database.isReferenced($0.object) ? nil : $0.object }
    }
  }

  /// The checkpoint that a run goes on from; `nil` if it has none.
  ///
  /// - Throws: `unknown_run`.
  package func checkpoint(of run: String) throws -> CheckpointRecord? {
    try read { try $0.checkpoint(ofRun: try $0.runID(run)) }
  }

  /// Forgets the checkpoint of a run, for example because the run is finished.
  ///
  /// - Returns: Its object when nothing needs it any more, so that the caller can remove it.
  /// - Throws: `unknown_run`.
  @discardableResult
  package func removeCheckpoint(of run: String) throws -> Digest? {
    try write { database in
      let id = try database.runID(run)
      let former = try database.checkpoint(ofRun: id)
      try database.change("DELETE FROM checkpoints WHERE run_id = ?", [id])
      return try former.flatMap { try database.isReferenced($0.object) ? nil : $0.object }
    }
  }
}

extension Database {
  fileprivate func checkpoint(ofRun id: Int64) throws -> CheckpointRecord? {
    try first(
      "SELECT digest, byte_count, step, created_at FROM checkpoints WHERE run_id = ?", [id]
    ) {
      CheckpointRecord(
        object: try $0.nextDigest(), byteCount: try $0.next(), step: try $0.next(),
        createdAt: try $0.nextTimestamp())
    }
  }
}
