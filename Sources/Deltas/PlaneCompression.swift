private import CZstandard

/// Compresses byte planes, each as one zstd frame.
///
/// Level 1 with matches of at least seven bytes and a small hash table: what fine-tuning leaves in a
/// plane repeats by chance only, so that short matches cost more time than they save bytes, while
/// runs of zeros are found still.
struct PlaneCompressor: ~Copyable {
  private let context: OpaquePointer

  init() {
    guard let context = ZSTD_createCCtx() else { preconditionFailure("memory for zstd") }
    self.context = context
    for (parameter, value) in [
      (ZSTD_c_compressionLevel, 1), (ZSTD_c_minMatch, 7), (ZSTD_c_hashLog, 8),
    ] as [(ZSTD_cParameter, Int32)] {
      let result = ZSTD_CCtx_setParameter(context, parameter, value)
      precondition(ZSTD_isError(result) == 0, "zstd knows the parameter")
    }
  }

  deinit { ZSTD_freeCCtx(context) }

  /// Compresses `source` into `target`.
  ///
  /// - Returns: how many bytes of `target` the frame takes; `nil` when it does not fit.
  func compress(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer)
    -> Int?
  {
    let result = ZSTD_compress2(
      context, target.baseAddress, target.count, source.baseAddress, source.count)
    return ZSTD_isError(result) == 0 ? result : nil
  }
}

/// Decompresses byte planes.
struct PlaneDecompressor: ~Copyable {
  private let context: OpaquePointer

  init() {
    guard let context = ZSTD_createDCtx() else { preconditionFailure("memory for zstd") }
    self.context = context
  }

  deinit { ZSTD_freeDCtx(context) }

  /// Fills `target` with what the frame in `source` holds, whatever length the frame claims.
  ///
  /// - Returns: whether the frame is sound and holds exactly that many bytes.
  func decompress(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    let result = ZSTD_decompressDCtx(
      context, target.baseAddress, target.count, source.baseAddress, source.count)
    return ZSTD_isError(result) == 0 && result == target.count
  }
}
