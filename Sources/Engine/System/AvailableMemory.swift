package import Diagnostics
private import Glibc

extension RegistryError.Code {
  /// A training step would need more memory than there is.
  package static let batchTooLarge = Self("batch_too_large", .usage)
}

/// How much memory the process may still take.
package enum AvailableMemory {
  /// The bytes that may still be taken: what the system has without swapping, or less where a control
  /// group or a limit of the process leaves less; `nil` where the kernel tells nothing.
  package static func byteCount() -> Int? {
    [systemBytes, groupBytes, addressSpaceBytes].compactMap(\.self).min().map { max($0, 0) }
  }

  /// Refuses a training step that needs more memory than there is.
  ///
  /// - Parameters:
  ///   - images: How many images the step has.
  ///   - arena: The bytes that grow with the number of images.
  ///   - fixed: The bytes that it needs however many images there are.
  ///   - available: What may be taken; `nil` if nobody knows, which refuses nothing.
  /// - Throws: `batch_too_large`, with the number of images that would fit.
  static func check(
    images: Int, arena: Int, fixed: Int, available: Int?
  ) throws(RegistryError) {
    guard let available, fixed + arena > available else { return }
    let fitting = max(available - fixed, 0) / max(arena / images, 1)
    let remedy =
      fitting > 0
      ? "Use --batch-size \(fitting) or less; --accumulate sums the gradients of several batches."
      : "Freeze more layers, train a smaller network, or free memory."
    throw RegistryError(
      .batchTooLarge,
      "A training step on \(images) images at once needs about \(megabytes(fixed + arena)) of "
        + "memory; \(megabytes(available)) are available.",
      place: .subject("--batch-size"), remedy: remedy)
  }

  /// Decimal megabytes, at least one.
  private static func megabytes(_ bytes: Int) -> String { "\(max(bytes / 1_000_000, 1)) MB" }

  // MARK: Sources

  private static var systemBytes: Int? {
    SystemFile.text(of: "/proc/meminfo").flatMap { number(after: "MemAvailable:", in: $0) }
      .map { $0 * 1024 }
  }

  /// The least that a group leaves; its cache of files that nobody needs now counts as free.
  private static var groupBytes: Int? {
    ControlGroup.folders.compactMap { folder -> Int? in
      guard let limit = number(in: "\(folder)/memory.max"),
        let used = number(in: "\(folder)/memory.current")
      else { return nil }
      let cache = SystemFile.text(of: "\(folder)/memory.stat")
        .flatMap { number(after: "inactive_file ", in: $0) }
      return limit - used + (cache ?? 0)
    }.min()
  }

  /// How many addresses the allocator reserves for threads beside memory: 64 MiB for each of some.
  private static let reservedBytes = 8 * (64 << 20)

  /// What `ulimit -v` leaves of the address space.
  private static var addressSpaceBytes: Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur < rlim_t(Int.max),
      let pages = SystemFile.text(of: "/proc/self/statm")?.split(separator: " ").first
        .flatMap({ Int($0) })
    else { return nil }
    return Int(limit.rlim_cur) - pages * sysconf(Int32(_SC_PAGESIZE)) - reservedBytes
  }

  private static func number(in path: String) -> Int? {
    SystemFile.text(of: path)?.split(separator: "\n").first.flatMap { Int($0) }
  }

  /// The number behind a word at the beginning of a line.
  private static func number(after word: String, in text: String) -> Int? {
    text.split(separator: "\n").first { $0.hasPrefix(word) }.flatMap {
      Int($0.dropFirst(word.count).drop { $0 == " " }.prefix { $0.isNumber })
    }
  }
}
