public import Diagnostics

extension Registry {
  /// Frees the bytes of what was deleted, and of what interrupted writers left.
  ///
  /// Afterwards what was deleted cannot be restored; its records stay. A pack of which only a part is
  /// needed is written anew when that frees enough. What unfinished runs need stays.
  ///
  /// Safe beside imports, trainings, derivations and other collections, also of other processes: see
  /// docs/decisions/0012-collecting-beside-writers.md. With `isTrial`, nothing is changed.
  ///
  /// - Throws: `interrupted` between two objects, and what reading, writing and removing report. What
  ///   was freed stays freed, and the next collection does the rest.
  public func collectGarbage(
    isTrial: Bool = false, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> GarbageCollectionResult {
    var collector = GarbageCollector(
      registry: self, isTrial: isTrial, progress: progress, cancellation: cancellation)
    return try collector.run()
  }
}
