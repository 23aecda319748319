private import Catalog
public import Diagnostics
private import Engine
private import Images
private import ObjectStore
private import Synchronization
private import Tensors

extension Registry {
  /// Small copies of images, for pages that show them: JPEG files with at most `side` pixels a side.
  ///
  /// - Parameters:
  ///   - digests: The SHA-256 of the images' files, in hexadecimal.
  ///   - side: The longest side in pixels.
  ///   - progress: Hears of each image.
  ///   - cancellation: Asked between images.
  /// - Returns: The files, by digest.
  /// - Throws: `missing_object`, `interrupted`, and what decoding reports.
  public func thumbnails(
    of digests: Set<String>, side: Int, progress: any ProgressObserver = SilentProgress(),
    cancellation: Cancellation = Cancellation()
  ) throws -> [String: [UInt8]] {
    let digests = digests.sorted()
    let files = Mutex<[String: [UInt8]]>([:])
    let completed = Atomic<Int>(0)
    try ParallelLoop.run(count: digests.count, threads: ComputeThread.availableCores) { index in
      try cancellation.check()
      guard let digest = Digest(hexadecimal: digests[index]) else {
        throw RegistryError(
          .malformedRequest, "\(digests[index]) is no digest.", place: .subject(digests[index]),
          remedy: "Give 64 hexadecimal digits.")
      }
      let storage = try objects.map(digest)
      let image = try storage.withUnsafeBytes {
        try ImageDecoder.decode($0, minimumShortSide: side, limits: limits).image
      }
      let file = try ImageEncoder.jpeg(image.fitted(intoSide: side), quality: 75)
      files.withLock { $0[digests[index]] = file }
      let count = completed.wrappingAdd(1, ordering: .relaxed).newValue
      progress.progress(
        ProgressUpdate(
          "Drawing thumbnails", completed: count, total: digests.count, unit: "images"))
    }
    return files.withLock { $0 }
  }
}
