private import Glibc

/// The file of this program.
package enum ProgramFile {
  /// Where it is; `nil` where the system does not tell.
  package static var path: String? {
    let capacity = Int(PATH_MAX)
    var count = 0
    let text = String(unsafeUninitializedCapacity: capacity) { buffer in
      let bytes = UnsafeMutableRawPointer(buffer.baseAddress)?.assumingMemoryBound(to: CChar.self)
      count = bytes.map { readlink("/proc/self/exe", $0, capacity) } ?? -1
      return max(count, 0)
    }
    return count > 0 && count < capacity ? text : nil
  }
}
