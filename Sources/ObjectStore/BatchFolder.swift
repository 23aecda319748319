import Diagnostics
private import Glibc
private import Synchronization

/// The folder in which one batch writes its files before they get their names.
///
/// It is locked for as long as the batch lives. The system lets go of the lock when the process ends,
/// however it ends, so whoever gets it knows that nobody writes there any more.
final class BatchFolder: Sendable {
  /// What the names of such folders begin with; the time of their making follows.
  static let prefix = "tmp-"

  let path: String
  let fileLayer: any FileLayer
  private let descriptor: Int32
  private let fileCount = Atomic<Int>(0)

  /// Makes a folder beside the objects, and locks it.
  init(in store: ObjectFolder) throws(RegistryError) {
    fileLayer = store.fileLayer
    try fileLayer.makeFolder(store.folder)
    (path, descriptor) = try Self.make(in: store)
  }

  deinit {
    // Nobody looks for it: if it cannot be removed now it is collected later.
    try? fileLayer.removeFolder(path)
    close(descriptor)
  }

  /// A number for a file that was not given before.
  func newNumber() -> Int { fileCount.add(1, ordering: .relaxed).newValue }

  /// Where the file of a number lies.
  func path(ofFile number: Int) -> String { "\(path)/\(number)" }

  private static func make(
    in store: ObjectFolder
  ) throws(RegistryError) -> (path: String, descriptor: Int32) {
    while true {
      var now = timespec()
      clock_gettime(CLOCK_REALTIME, &now)
      let microseconds = Int(now.tv_sec) * 1_000_000 + Int(now.tv_nsec) / 1000
      let name =
        "\(prefix)\(String(microseconds, radix: 16))-"
        + String(UInt64.random(in: 0...(.max)), radix: 16)
      let path = "\(store.folder)/\(name)"
      try store.fileLayer.makeFolder(path)
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if descriptor < 0 {
        let failure = errno
        if failure == ENOENT { continue }
        try? store.fileLayer.removeFolder(path)
        throw .unwritable(path, failure)
      }
      // A file system without locks is one where nobody takes a folder for abandoned.
      let isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
      // Between making it and locking it a collector may have had it, and removed it.
      if !isTaken, isSame(descriptor, path) { return (path, descriptor) }
      close(descriptor)
    }
  }

  private static func isSame(_ descriptor: Int32, _ path: String) -> Bool {
    var (opened, named) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && stat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
  }

  /// When the folder of that name was made, in microseconds since 1970; `nil` if it does not say.
  static func beginning(of name: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    return Int(name.dropFirst(prefix.count).prefix { $0 != "-" }, radix: 16)
  }
}
